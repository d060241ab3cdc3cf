# "equals one of the last 50 from that server"
line 3
stranger 1
stranger 3

1 -> 2: send/7/0000000002/0000000001/hello
  2 -> 1: ack/7/0000000002/0000000001/
3 -> 2: send/7/0000000002/0000000001/hello
  2 -> 3: ack/7/0000000002/0000000001/
1 -> 2: send/7/0000000002/0000000001/hello
  2: a server's repeat
  2 -> 1: ack/7/0000000002/0000000001/
look 2
  0 clients, 2 waiting, 0 without an ack
