line 1 waiting=6

# Texts for numbers that are nowhere yet: as many as are left free, and no more.
a -> 1: send/0/0000000001/0000000002/one
  1 -> a: ack/0/0000000001/0000000002/
a -> 1: send/0/0000000001/0000000003/two
  1 -> a: ack/1/0000000001/0000000003/
a -> 1: send/0/0000000001/0000000004/three
  1 -> a: ack/2/0000000001/0000000004/
a -> 1: send/0/0000000001/0000000005/four
  1: no room for more of own clients or of this server
b -> 1: send/0/0000000007/0000000008/five
  1: no room for more of own clients or of this server

# Those who are here have what is left.
c -> 1: handshake/0/0000000009//
  1 -> c: ack/0/0000000009//
b -> 1: send/0/0000000007/0000000009/six
  1 -> b: ack/3/0000000007/0000000009/
b -> 1: send/0/0000000007/0000000009/seven
  1 -> b: ack/4/0000000007/0000000009/
b -> 1: send/0/0000000007/0000000009/eight
  1: no room for more messages

# What is read makes room.
c -> 1: get/0/0000000009//
  1 -> c: send/3/0000000007/0000000009/six
c -> 1: ack/3/0000000009/0000000007/
d -> 1: get/0/0000000002//
  1 -> d: send/0/0000000001/0000000002/one
d -> 1: ack/0/0000000002/0000000001/
a -> 1: send/0/0000000001/0000000004/nine
  1 -> a: ack/5/0000000001/0000000004/
