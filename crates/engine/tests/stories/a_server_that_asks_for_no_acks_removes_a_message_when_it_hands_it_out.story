# "A server set to acknowledged = false removes a message when it hands it out, for
# clients that never answer with ack."
line 1 acknowledged=no

a -> 1: send/0/0000000001/0000000002/one
  1 -> a: ack/0/0000000001/0000000002/
a -> 1: send/0/0000000001/0000000002/two
  1 -> a: ack/1/0000000001/0000000002/
b -> 1: get/0/0000000002//
  1 -> b: send/0/0000000001/0000000002/one
b -> 1: ack/0/0000000002/0000000001/
  1: an ack that matches nothing
b -> 1: get/0/0000000002//
  1 -> b: send/1/0000000001/0000000002/two
b -> 1: get/0/0000000002//
  1 -> b: send/0//0000000002/
wait 1s
crash 1
restart 1
b -> 1: get/0/0000000002//
  1 -> b: send/0//0000000002/
