# "What a server has acknowledged survives its restart: …, and that which it has
# forwarded lately."
line 3
stranger 1
stranger 3

3 -> 2: 0000000002/10.0.0.3
  2 -> 1: 0000000002/10.0.0.3
  2 -> 3: 0000000002/10.0.0.3
1 -> 2: send/5/0000000001/0000000002/hi
  2 -> 1: ack/5/0000000001/0000000002/
  2 -> 3: send/5/0000000001/0000000002/hi
3 -> 2: ack/5/0000000001/0000000002/
wait 5s
crash 2
restart 2
# Handed on before the restart: it may come back, and is held ten seconds from then.
1 -> 2: send/5/0000000001/0000000002/hi
  2 -> 1: ack/5/0000000001/0000000002/
wait 9s
wait 1100ms
  +1s 2 -> 3: send/5/0000000001/0000000002/hi
3 -> 2: ack/5/0000000001/0000000002/
