# "the first send that it takes from a client has 0, the next 1, and after 99 comes 0
# again"
line 1

repeat 99: a -> 1: send/0/0000000001/0000000002/{nn}
  1 -> a: ack/98/0000000001/0000000002/
# One count for all clients.
c -> 1: send/0/0000000003/0000000002/the hundredth
  1 -> c: ack/99/0000000003/0000000002/
a -> 1: send/0/0000000001/0000000002/one more
  1 -> a: ack/0/0000000001/0000000002/
a -> 1: send/0/0000000001/0000000002/and one
  1 -> a: ack/1/0000000001/0000000002/
