# "A pair for a client that the receiver does not know is taken over from either side."
line 4
stranger 1
stranger 3
stranger 4

3 -> 2: 0000000001/10.0.0.1
  2 -> 1: 0000000001/10.0.0.1
  2 -> 3: 0000000001/10.0.0.1
1 -> 2: 0000000002/10.0.0.4
  2 -> 1: 0000000001/10.0.0.1?0000000002/10.0.0.4
  2 -> 3: 0000000001/10.0.0.1?0000000002/10.0.0.4
where 0000000001
  2 knows 0000000001 at 1
where 0000000002
  2 knows 0000000002 at 4
