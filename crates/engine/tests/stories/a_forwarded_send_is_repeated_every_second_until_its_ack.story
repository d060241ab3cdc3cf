# "is repeated every second until that server's ack comes"
line 2
stranger 2

2 -> 1: 0000000002/10.0.0.2
  1 -> 2: 0000000002/10.0.0.2
a -> 1: send/0/0000000001/0000000002/hello
  1 -> a: ack/0/0000000001/0000000002/
  1 -> 2: send/0/0000000001/0000000002/hello
  1 -> 2: 0000000001/10.0.0.1?0000000002/10.0.0.2
wait 3s
  +1s 1 -> 2: send/0/0000000001/0000000002/hello
  +2s 1 -> 2: send/0/0000000001/0000000002/hello
  +3s 1 -> 2: send/0/0000000001/0000000002/hello
# Not any ack: another number, sender or recipient.
2 -> 1: ack/1/0000000001/0000000002/
  1: an ack that matches nothing
2 -> 1: ack/0/0000000003/0000000002/
  1: an ack that matches nothing
2 -> 1: ack/0/0000000001/0000000003/
  1: an ack that matches nothing
wait 1s
  +1s 1 -> 2: send/0/0000000001/0000000002/hello
# A payload means nothing in it.
2 -> 1: ack/0/0000000001/0000000002/thanks
wait 60s
2 -> 1: ack/0/0000000001/0000000002/
  1: an ack that matches nothing
look 1
  2 clients, 0 waiting, 0 without an ack
