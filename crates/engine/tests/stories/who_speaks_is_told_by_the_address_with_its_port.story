# "A datagram comes from a server when its source address, IP and port, is one of the
# configured servers; everything else comes from a client. … A terminate with the flag
# 1 or a list from any other address is dropped and counted; so are a handshake, a get
# or a terminate without the flag from a server's."
line 3
stranger 1
stranger 3

1 -> 2: 0000000001/10.0.0.1
  2 -> 1: 0000000001/10.0.0.1
  2 -> 3: 0000000001/10.0.0.1
10.0.0.1:10411 -> 2: 0000000002/10.0.0.1
  2 drops it: fewer than five fields
x -> 2: 0000000002/10.0.0.1
  2 drops it: fewer than five fields
10.0.0.1:10411 -> 2: terminate/0/0000000001//1
  2 drops it: a terminate with the wrong flag
1 -> 2: handshake/0/0000000003//
  2 drops it: a type that this side does not send
1 -> 2: get/0/0000000003//
  2 drops it: a type that this side does not send
1 -> 2: terminate/0/0000000001//
  2 drops it: a terminate with the wrong flag
where 0000000001
  2 knows 0000000001 at 1
where 0000000003
  2 knows 0000000003 at nowhere

# From a server's host, but not from its port: a client's send.
10.0.0.1:10411 -> 2: send/7/0000000003/0000000002/hi
  2 -> 10.0.0.1:10411: ack/0/0000000003/0000000002/
  2 -> 1: 0000000001/10.0.0.1?0000000003/10.0.0.2
  2 -> 3: 0000000001/10.0.0.1?0000000003/10.0.0.2
