line 2
stranger 2

repeat 51: 2 -> 1: send/{nn}/0000000002/0000000001/hello
  1 -> 2: ack/51/0000000002/0000000001/
2 -> 1: send/2/0000000002/0000000001/hello
  1: a server's repeat
  1 -> 2: ack/2/0000000002/0000000001/
2 -> 1: send/1/0000000002/0000000001/hello
  1 -> 2: ack/1/0000000002/0000000001/
2 -> 1: send/3/0000000002/0000000001/hello
  1: a server's repeat
  1 -> 2: ack/3/0000000002/0000000001/
2 -> 1: send/2/0000000002/0000000001/hello
  1 -> 2: ack/2/0000000002/0000000001/
look 1
  0 clients, 53 waiting, 0 without an ack
