# "What a server has acknowledged survives its restart: messages, numbers, marks, …"
line 1

a -> 1: send/3/0000000001/0000000002/hello
  1 -> a: ack/0/0000000001/0000000002/
c -> 1: send/0/0000000003/0000000002/between
  1 -> c: ack/1/0000000003/0000000002/
crash 1
restart 1
a -> 1: send/3/0000000001/0000000002/hello
  1: a client's repeat
  1 -> a: ack/0/0000000001/0000000002/
a -> 1: send/4/0000000001/0000000002/hello
  1 -> a: ack/2/0000000001/0000000002/
