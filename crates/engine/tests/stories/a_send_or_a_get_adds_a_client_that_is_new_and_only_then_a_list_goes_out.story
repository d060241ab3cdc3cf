# "A server sends its list to both neighbours whenever a client of its own says
# handshake or is added, and whenever a list that it received held a pair that was
# new to it, never otherwise"
line 3
stranger 1
stranger 3

a -> 2: send/0/0000000001/0000000009/x
  2 -> a: ack/0/0000000001/0000000009/
  2 -> 1: 0000000001/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2
a -> 2: send/0/0000000001/0000000009/y
  2 -> a: ack/1/0000000001/0000000009/
b -> 2: get/0/0000000002//
  2 -> b: send/0//0000000002/
  2 -> 1: 0000000001/10.0.0.2?0000000002/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2?0000000002/10.0.0.2
b -> 2: get/0/0000000002//
  2 -> b: send/0//0000000002/

# A handshake always shares, whether it says anything new or not.
b -> 2: handshake/0/0000000002//
  2 -> b: ack/0/0000000002//
  2 -> 1: 0000000001/10.0.0.2?0000000002/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2?0000000002/10.0.0.2

# One that was known at another server is new here.
1 -> 2: 0000000003/10.0.0.1
  2 -> 1: 0000000001/10.0.0.2?0000000002/10.0.0.2?0000000003/10.0.0.1
  2 -> 3: 0000000001/10.0.0.2?0000000002/10.0.0.2?0000000003/10.0.0.1
c -> 2: get/0/0000000003//
  2 -> c: send/0//0000000003/
  2 -> 1: 0000000001/10.0.0.2?0000000002/10.0.0.2?0000000003/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2?0000000002/10.0.0.2?0000000003/10.0.0.2

# An ack adds nobody, and the source of a server's send is not its client.
d -> 2: ack/0/0000000004/0000000001/
  2: an ack that matches nothing
1 -> 2: send/3/0000000005/0000000001/hi
  2 -> 1: ack/3/0000000005/0000000001/
where 0000000004
  2 knows 0000000004 at nowhere
where 0000000005
  2 knows 0000000005 at nowhere
wait 60s
