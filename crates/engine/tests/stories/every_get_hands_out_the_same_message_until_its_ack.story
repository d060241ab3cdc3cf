# "A waiting message is removed when its ack arrives. Until then every get hands out
# the same one again, under the same number"
line 1

a -> 1: send/0/0000000001/0000000002/one
  1 -> a: ack/0/0000000001/0000000002/
c -> 1: send/0/0000000003/0000000002/two
  1 -> c: ack/1/0000000003/0000000002/
b -> 1: get/0/0000000002//
  1 -> b: send/0/0000000001/0000000002/one
wait 60s
b -> 1: get/0/0000000002//
  1 -> b: send/0/0000000001/0000000002/one
# Some other of its devices asks; the answer goes to where the question came from.
bb -> 1: get/0/0000000002//
  1 -> bb: send/0/0000000001/0000000002/one
b -> 1: ack/0/0000000002/0000000001/
b -> 1: get/0/0000000002//
  1 -> b: send/1/0000000003/0000000002/two
b -> 1: ack/1/0000000002/0000000003/
b -> 1: get/0/0000000002//
  1 -> b: send/0//0000000002/
