# "Where a payload means nothing it is ignored."
line 2
stranger 2

a -> 1: handshake/99/0000000001//hello/there
  1 -> a: ack/0/0000000001//
  1 -> 2: 0000000001/10.0.0.1
a -> 1: get/07/0000000001//?
  1 -> a: send/0//0000000001/
2 -> 1: send/5/0000000002/0000000001/hi
  1 -> 2: ack/5/0000000002/0000000001/
a -> 1: get/0/0000000001//please
  1 -> a: send/5/0000000002/0000000001/hi
a -> 1: ack/5/0000000001/0000000002/read
a -> 1: terminate/7/0000000001//
  1 -> 2: terminate/0/0000000001//1
  1 -> a: ack/0/0000000001//
