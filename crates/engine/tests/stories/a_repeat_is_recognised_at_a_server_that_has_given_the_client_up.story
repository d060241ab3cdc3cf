line 3
stranger 1
stranger 3

a -> 2: send/5/0000000001/0000000002/hello
  2 -> a: ack/0/0000000001/0000000002/
  2 -> 1: 0000000001/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2
wait 1s
3 -> 2: 0000000001/10.0.0.3
  2: its client has moved
  2 -> 1: 0000000001/10.0.0.3
  2 -> 3: 0000000001/10.0.0.3
# Its repeat makes it a client of this server again, as any send would.
a -> 2: send/5/0000000001/0000000002/hello
  2: a client's repeat
  2 -> a: ack/0/0000000001/0000000002/
  2 -> 1: 0000000001/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2
look 2
  1 clients, 1 waiting, 0 without an ack
