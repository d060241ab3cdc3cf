# "So that this is enough": the other server compares with the last 50 that it took, so
# one whose acks are lost must still be among them when it comes again.
line 3
stranger 1
stranger 3

3 -> 2: 0000000002/10.0.0.3
  2 -> 1: 0000000002/10.0.0.3
  2 -> 3: 0000000002/10.0.0.3
1 -> 2: send/0/0000000001/0000000002/first
  2 -> 1: ack/0/0000000001/0000000002/
  2 -> 3: send/0/0000000001/0000000002/first
repeat 60: 1 -> 2: send/{nn}/00000001{nn}/0000000002/x
  2 -> 1: ack/60/0000000160/0000000002/
repeat 11: 3 -> 2: ack/{nn}/00000001{nn}/0000000002/
  2 -> 3: send/30/0000000130/0000000002/x
3 -> 2: ack/12/0000000112/0000000002/
look 2
  1 clients, 49 waiting, 19 without an ack
3 -> 2: ack/0/0000000001/0000000002/
  2 -> 3: send/31/0000000131/0000000002/x
  2 -> 3: send/32/0000000132/0000000002/x
