# "where SRC is known to be at another server by now, only the ack"
line 3
stranger 1
stranger 3

1 -> 2: 0000000001/10.0.0.1
  2 -> 1: 0000000001/10.0.0.1
  2 -> 3: 0000000001/10.0.0.1
a -> 2: terminate/0/0000000001//
  2 -> a: ack/0/0000000001//
where 0000000001
  2 knows 0000000001 at 1
