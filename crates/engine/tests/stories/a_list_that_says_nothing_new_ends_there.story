# "takes over the pairs that are new, and if there was one, sends its own list on to
# its neighbours"
line 3
stranger 1
stranger 3

1 -> 2: 0000000001/10.0.0.1
  2 -> 1: 0000000001/10.0.0.1
  2 -> 3: 0000000001/10.0.0.1
1 -> 2: 0000000001/10.0.0.1
3 -> 2: 0000000001/10.0.0.1
# One new pair among old ones, and the whole list goes out.
1 -> 2: 0000000001/10.0.0.1?0000000002/10.0.0.1
  2 -> 1: 0000000001/10.0.0.1?0000000002/10.0.0.1
  2 -> 3: 0000000001/10.0.0.1?0000000002/10.0.0.1
wait 60s
