line 2
stranger 2

2 -> 1: send/7/0000000002/0000000001/hello
  1 -> 2: ack/7/0000000002/0000000001/
wait 9s
crash 1
wait 60s
restart 1
wait 9s
2 -> 1: send/7/0000000002/0000000001/hello
  1: a server's repeat
  1 -> 2: ack/7/0000000002/0000000001/
wait 2s
2 -> 1: send/7/0000000002/0000000001/hello
  1 -> 2: ack/7/0000000002/0000000001/
look 1
  0 clients, 2 waiting, 0 without an ack
