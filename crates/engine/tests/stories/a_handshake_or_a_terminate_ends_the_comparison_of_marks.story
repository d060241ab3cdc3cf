line 1

a -> 1: send/1/0000000001/0000000002/hello
  1 -> a: ack/0/0000000001/0000000002/
a -> 1: handshake/0/0000000001//
  1 -> a: ack/0/0000000001//
a -> 1: send/1/0000000001/0000000002/hello
  1 -> a: ack/1/0000000001/0000000002/
a -> 1: terminate/0/0000000001//
  1 -> a: ack/0/0000000001//
a -> 1: send/1/0000000001/0000000002/hello
  1 -> a: ack/2/0000000001/0000000002/

# It stays ended over a restart.
a -> 1: handshake/0/0000000001//
  1 -> a: ack/0/0000000001//
crash 1
restart 1
a -> 1: send/1/0000000001/0000000002/hello
  1 -> a: ack/3/0000000001/0000000002/
# A get or an ack ends nothing.
a -> 1: get/0/0000000001//
  1 -> a: send/0//0000000001/
a -> 1: send/1/0000000001/0000000002/hello
  1: a client's repeat
  1 -> a: ack/3/0000000001/0000000002/
look 1
  1 clients, 4 waiting, 0 without an ack
