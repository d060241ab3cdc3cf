# "Newlines and NULs at the end are dropped before anything else and do not count, so
# a text cannot end in one."
line 2
stranger 2

a -> 1: send/1/0000000001/0000000002/{x*160}\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n\0\n
  1 -> a: ack/0/0000000001/0000000002/
  1 -> 2: 0000000001/10.0.0.1
a -> 1: send/1/0000000001/0000000002/{x*160}
  1: a client's repeat
  1 -> a: ack/0/0000000001/0000000002/
# Those before the end belong to the text.
a -> 1: send/0/0000000001/0000000002/two\nlines\n
  1 -> a: ack/1/0000000001/0000000002/
b -> 1: get/0/0000000002//\n
  1 -> b: send/0/0000000001/0000000002/{x*160}
  1 -> 2: 0000000001/10.0.0.1?0000000002/10.0.0.1
b -> 1: ack/0/0000000002/0000000001/\0
b -> 1: get/0/0000000002//\n\0
  1 -> b: send/1/0000000001/0000000002/two\nlines
# A terminate with nothing but them has no payload; a list may end in them as well.
b -> 1: terminate/0/0000000002//\n
  1 -> 2: terminate/0/0000000002//1
  1 -> b: ack/0/0000000002//
2 -> 1: 0000000003/10.0.0.2\n
  1 -> 2: 0000000001/10.0.0.1?0000000003/10.0.0.2
