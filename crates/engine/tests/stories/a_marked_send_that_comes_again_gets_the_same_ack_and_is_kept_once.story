# "A send with the same mark, destination and text as the last one from that client
# is that one again: it gets the same ack and is not kept twice."
line 1

a -> 1: send/7/0000000001/0000000002/hello
  1 -> a: ack/0/0000000001/0000000002/
a -> 1: send/7/0000000001/0000000002/hello
  1: a client's repeat
  1 -> a: ack/0/0000000001/0000000002/
# `07` is 7, and the time that passed does not matter.
wait 60s
a -> 1: send/07/0000000001/0000000002/hello
  1: a client's repeat
  1 -> a: ack/0/0000000001/0000000002/
# Another client's sends say nothing about this one's.
c -> 1: send/7/0000000003/0000000002/hello
  1 -> c: ack/1/0000000003/0000000002/
a -> 1: send/7/0000000001/0000000002/hello
  1: a client's repeat
  1 -> a: ack/0/0000000001/0000000002/

b -> 1: get/0/0000000002//
  1 -> b: send/0/0000000001/0000000002/hello
b -> 1: ack/0/0000000002/0000000001/
b -> 1: get/0/0000000002//
  1 -> b: send/1/0000000003/0000000002/hello
b -> 1: ack/1/0000000002/0000000003/
b -> 1: get/0/0000000002//
  1 -> b: send/0//0000000002/
# It has been read by now, and is that one again all the same.
a -> 1: send/7/0000000001/0000000002/hello
  1: a client's repeat
  1 -> a: ack/0/0000000001/0000000002/
b -> 1: get/0/0000000002//
  1 -> b: send/0//0000000002/
