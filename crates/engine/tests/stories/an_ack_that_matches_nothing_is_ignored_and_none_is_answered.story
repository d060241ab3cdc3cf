# "the message that the last get handed out, with seq N from FROM, has arrived"
line 1

b -> 1: ack/0/0000000002/0000000001/
  1: an ack that matches nothing
a -> 1: send/0/0000000001/0000000002/one
  1 -> a: ack/0/0000000001/0000000002/
a -> 1: send/0/0000000001/0000000002/two
  1 -> a: ack/1/0000000001/0000000002/
# Nothing has been handed out yet.
b -> 1: ack/0/0000000002/0000000001/
  1: an ack that matches nothing
b -> 1: get/0/0000000002//
  1 -> b: send/0/0000000001/0000000002/one
# Another number, another sender, another reader.
b -> 1: ack/1/0000000002/0000000001/
  1: an ack that matches nothing
b -> 1: ack/0/0000000002/0000000003/
  1: an ack that matches nothing
c -> 1: ack/0/0000000003/0000000001/
  1: an ack that matches nothing
b -> 1: get/0/0000000002//
  1 -> b: send/0/0000000001/0000000002/one
# The right one, whatever its payload, and once more.
b -> 1: ack/00/0000000002/0000000001/thanks
b -> 1: ack/0/0000000002/0000000001/
  1: an ack that matches nothing
b -> 1: get/0/0000000002//
  1 -> b: send/1/0000000001/0000000002/two
# A stale one from before.
b -> 1: ack/0/0000000002/0000000001/
  1: an ack that matches nothing
b -> 1: get/0/0000000002//
  1 -> b: send/1/0000000001/0000000002/two
