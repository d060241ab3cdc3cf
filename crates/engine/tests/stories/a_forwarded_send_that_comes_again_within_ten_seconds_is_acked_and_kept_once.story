# "A forwarded send that equals one of the last 50 from that server, taken within the
# last 10 seconds …, in all five fields is a repeat: ack again, not kept twice."
line 2
stranger 2

a -> 1: handshake/0/0000000001//
  1 -> a: ack/0/0000000001//
  1 -> 2: 0000000001/10.0.0.1
2 -> 1: send/7/0000000002/0000000001/hello
  1 -> 2: ack/7/0000000002/0000000001/
wait 5s
2 -> 1: send/7/0000000002/0000000001/hello
  1: a server's repeat
  1 -> 2: ack/7/0000000002/0000000001/
# It has been read by now, and is a repeat all the same.
a -> 1: get/0/0000000001//
  1 -> a: send/7/0000000002/0000000001/hello
a -> 1: ack/7/0000000001/0000000002/
2 -> 1: send/07/0000000002/0000000001/hello
  1: a server's repeat
  1 -> 2: ack/7/0000000002/0000000001/
a -> 1: get/0/0000000001//
  1 -> a: send/0//0000000001/

# In all five fields.
2 -> 1: send/8/0000000002/0000000001/hello
  1 -> 2: ack/8/0000000002/0000000001/
2 -> 1: send/7/0000000003/0000000001/hello
  1 -> 2: ack/7/0000000003/0000000001/
2 -> 1: send/7/0000000002/0000000004/hello
  1 -> 2: ack/7/0000000002/0000000004/
2 -> 1: send/7/0000000002/0000000001/hello!
  1 -> 2: ack/7/0000000002/0000000001/
look 1
  1 clients, 4 waiting, 0 without an ack

# Ten seconds after it was taken, however often it was repeated, it is a new one.
wait 4s
2 -> 1: send/7/0000000002/0000000001/hello
  1: a server's repeat
  1 -> 2: ack/7/0000000002/0000000001/
wait 2s
2 -> 1: send/7/0000000002/0000000001/hello
  1 -> 2: ack/7/0000000002/0000000001/
look 1
  1 clients, 5 waiting, 0 without an ack
