# "An ack from a server settles the oldest forwarded message with that number, source
# and destination that was ever sent to that server."
line 4
stranger 1
stranger 3
stranger 4

3 -> 2: 0000000002/10.0.0.3
  2 -> 1: 0000000002/10.0.0.3
  2 -> 3: 0000000002/10.0.0.3
1 -> 2: send/5/0000000001/0000000002/first
  2 -> 1: ack/5/0000000001/0000000002/
  2 -> 3: send/5/0000000001/0000000002/first
1 -> 2: send/5/0000000001/0000000002/second
  2 -> 1: ack/5/0000000001/0000000002/
1 -> 2: send/5/0000000001/0000000002/third
  2 -> 1: ack/5/0000000001/0000000002/
# An ack from a server that it was never sent to settles nothing.
4 -> 2: ack/5/0000000001/0000000002/
  2: an ack that matches nothing
3 -> 2: ack/5/0000000001/0000000002/
  2 -> 3: send/5/0000000001/0000000002/second

# The reader moves on to server 4, and what waits follows.
3 -> 2: 0000000002/10.0.0.4
  2 -> 4: send/5/0000000001/0000000002/second
  2 -> 1: 0000000002/10.0.0.4
  2 -> 3: 0000000002/10.0.0.4
# The ack of server 3 was only late: server 4 is not asked again.
3 -> 2: ack/5/0000000001/0000000002/
  2 -> 4: send/5/0000000001/0000000002/third
3 -> 2: ack/5/0000000001/0000000002/
  2: an ack that matches nothing
4 -> 2: ack/5/0000000001/0000000002/
wait 5s
look 2
  1 clients, 0 waiting, 0 without an ack
