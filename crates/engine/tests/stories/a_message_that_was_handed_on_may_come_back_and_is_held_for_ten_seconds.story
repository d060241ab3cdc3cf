# "One that has since been handed on is not compared any more: it may come back."
# "and holds one back that equals, in all five fields, one that it forwarded there
# within 10 seconds"
line 3
stranger 1
stranger 3

3 -> 2: 0000000002/10.0.0.3
  2 -> 1: 0000000002/10.0.0.3
  2 -> 3: 0000000002/10.0.0.3
1 -> 2: send/5/0000000001/0000000002/hi
  2 -> 1: ack/5/0000000001/0000000002/
  2 -> 3: send/5/0000000001/0000000002/hi
1 -> 2: send/5/0000000001/0000000002/hi
  2: a server's repeat
  2 -> 1: ack/5/0000000001/0000000002/
3 -> 2: ack/5/0000000001/0000000002/
1 -> 2: send/5/0000000001/0000000002/hi
  2 -> 1: ack/5/0000000001/0000000002/
# Another one of that pair keeps its place behind it; others do not wait.
1 -> 2: send/6/0000000001/0000000002/after it
  2 -> 1: ack/6/0000000001/0000000002/
1 -> 2: send/5/0000000003/0000000002/hi
  2 -> 1: ack/5/0000000003/0000000002/
  2 -> 3: send/5/0000000003/0000000002/hi
3 -> 2: ack/5/0000000003/0000000002/
wait 9s
wait 1100ms
  +1s 2 -> 3: send/5/0000000001/0000000002/hi
3 -> 2: ack/5/0000000001/0000000002/
  2 -> 3: send/6/0000000001/0000000002/after it
3 -> 2: ack/6/0000000001/0000000002/
wait 60s
look 2
  1 clients, 0 waiting, 0 without an ack
