line 2 clients=2
stranger 2

a -> 1: handshake/0/0000000001//
  1 -> a: ack/0/0000000001//
  1 -> 2: 0000000001/10.0.0.1
2 -> 1: 0000000002/10.0.0.2?0000000003/10.0.0.2
  1: no room for more clients
  1 -> 2: 0000000001/10.0.0.1?0000000002/10.0.0.2
d -> 1: handshake/0/0000000004//
  1: no room for more clients
d -> 1: get/0/0000000004//
  1: no room for more clients
d -> 1: send/0/0000000004/0000000001/hi
  1: no room for more clients
look 1
  2 clients, 0 waiting, 0 without an ack
# Those that are known may move and leave.
b -> 1: get/0/0000000002//
  1 -> b: send/0//0000000002/
  1 -> 2: 0000000001/10.0.0.1?0000000002/10.0.0.1
a -> 1: terminate/0/0000000001//
  1 -> 2: terminate/0/0000000001//1
  1 -> a: ack/0/0000000001//
d -> 1: get/0/0000000004//
  1 -> d: send/0//0000000004/
  1 -> 2: 0000000002/10.0.0.1?0000000004/10.0.0.1
