# "There is no protection beyond that"
line 1

a -> 1: send/0/0000000001/0000000002/from a
  1 -> a: ack/0/0000000001/0000000002/
x -> 1: send/0/0000000001/0000000002/not from a
  1 -> x: ack/1/0000000001/0000000002/
x -> 1: get/0/0000000002//
  1 -> x: send/0/0000000001/0000000002/from a
