# "What a server has acknowledged survives its restart"
line 2
stranger 2

2 -> 1: 0000000002/10.0.0.2
  1 -> 2: 0000000002/10.0.0.2
a -> 1: send/0/0000000001/0000000002/hello
  1 -> a: ack/0/0000000001/0000000002/
  1 -> 2: send/0/0000000001/0000000002/hello
  1 -> 2: 0000000001/10.0.0.1?0000000002/10.0.0.2
wait 500ms
crash 1
wait 5s
# No list goes out: nothing is new.
restart 1
  1 -> 2: send/0/0000000001/0000000002/hello
wait 2s
  +1s 1 -> 2: send/0/0000000001/0000000002/hello
  +2s 1 -> 2: send/0/0000000001/0000000002/hello
2 -> 1: ack/0/0000000001/0000000002/
# A moment later the ack is on disk as well.
wait 100ms
crash 1
restart 1
wait 5s
look 1
  2 clients, 0 waiting, 0 without an ack
