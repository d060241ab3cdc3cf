# "keeps the message for DST, replies ack/N/SRC/DST/ to that server; SRC is not its client"
line 2
stranger 2

2 -> 1: send/42/0000000002/0000000001/hello
  1 -> 2: ack/42/0000000002/0000000001/
where 0000000002
  1 knows 0000000002 at nowhere
look 1
  0 clients, 1 waiting, 0 without an ack
a -> 1: get/0/0000000001//
  1 -> a: send/42/0000000002/0000000001/hello
  1 -> 2: 0000000001/10.0.0.1
a -> 1: ack/42/0000000001/0000000002/
a -> 1: get/0/0000000001//
  1 -> a: send/0//0000000001/
