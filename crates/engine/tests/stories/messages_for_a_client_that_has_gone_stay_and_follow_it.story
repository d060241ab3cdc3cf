# "Messages for a client that has gone stay, and follow it to the server where it
# turns up next."
line 3
stranger 1
stranger 3

b -> 2: handshake/0/0000000002//
  2 -> b: ack/0/0000000002//
  2 -> 1: 0000000002/10.0.0.2
  2 -> 3: 0000000002/10.0.0.2
1 -> 2: send/1/0000000001/0000000002/one
  2 -> 1: ack/1/0000000001/0000000002/
1 -> 2: send/2/0000000003/0000000002/two
  2 -> 1: ack/2/0000000003/0000000002/
b -> 2: terminate/0/0000000002//
  2 -> 1: terminate/0/0000000002//1
  2 -> 3: terminate/0/0000000002//1
  2 -> b: ack/0/0000000002//
wait 60s
# What comes while it is away waits as well.
1 -> 2: send/3/0000000001/0000000002/three
  2 -> 1: ack/3/0000000001/0000000002/
crash 2
restart 2
wait 60s
3 -> 2: 0000000002/10.0.0.3
  2 -> 3: send/1/0000000001/0000000002/one
  2 -> 3: send/2/0000000003/0000000002/two
  2 -> 1: 0000000002/10.0.0.3
  2 -> 3: 0000000002/10.0.0.3
3 -> 2: ack/1/0000000001/0000000002/
  2 -> 3: send/3/0000000001/0000000002/three
# It comes back, and finds what has not been taken over yet.
b -> 2: handshake/0/0000000002//
  2 -> b: ack/0/0000000002//
  2 -> 1: 0000000002/10.0.0.2
  2 -> 3: 0000000002/10.0.0.2
wait 5s
b -> 2: get/0/0000000002//
  2 -> b: send/2/0000000003/0000000002/two
# Server 3 had that one, only its ack was late: it is read there, not here.
3 -> 2: ack/2/0000000003/0000000002/
b -> 2: get/0/0000000002//
  2 -> b: send/3/0000000001/0000000002/three
