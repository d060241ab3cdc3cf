# "so is a list with one bad pair or an unknown server in it"
line 3
stranger 1
stranger 3

1 -> 2: 0000000001/10.0.0.1?0000000002
  2 drops it: a list with a bad pair
1 -> 2: 0000000001/10.0.0.1?
  2 drops it: a list with a bad pair
1 -> 2: 0000000001/10.0.0.1??0000000002/10.0.0.1
  2 drops it: a list with a bad pair
1 -> 2: 0000000001/10.0.0.1?12345/10.0.0.1
  2 drops it: a list with a bad pair
1 -> 2: 0000000001/10.0.0.1?0000000002/somewhere
  2 drops it: a list with a bad pair
1 -> 2: 0000000001/10.0.0.1?0000000002/10.0.0.1:x
  2 drops it: a list with a bad pair
1 -> 2: 0000000001/10.0.0.1?0000000002/10.0.0.1:65536
  2 drops it: a list with a bad pair
1 -> 2: 0000000001/10.0.0.1?0000000002/10.0.0.1/
  2 drops it: a list with a bad pair
1 -> 2: 0000000001/10.0.0.1?0000000002/10.0.0.9
  2 drops it: a list with an unknown server
1 -> 2: 0000000001/10.0.0.1?0000000002/\xff
  2 drops it: not UTF-8
1 -> 2: 0000000101/10.0.0.1?0000000102/10.0.0.1?0000000103/10.0.0.1?0000000104/10.0.0.1?0000000105/10.0.0.1?0000000106/10.0.0.1?0000000107/10.0.0.1?0000000108/10.0.0.1?0000000109/10.0.0.1?0000000110/10.0.0.1?0000000111/10.0.0.1?0000000112/10.0.0.1?0000000113/10.0.0.1
  2 drops it: longer than 256 bytes
# A digit in the third place makes it a list, and a bad one.
1 -> 2: se1d/5/0000000001/0000000002/x
  2 drops it: a list with a bad pair
look 2
  0 clients, 0 waiting, 0 without an ack
