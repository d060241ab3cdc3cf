# "(a restart begins them anew)": what was taken over long ago looks like a repeat. It
# may be that very message, handed on and come round, while the ack of the server that
# took it is still under way: if both were settled, nobody would have it.
line 3
stranger 1
stranger 3

3 -> 2: 0000000002/10.0.0.3
  2 -> 1: 0000000002/10.0.0.3
  2 -> 3: 0000000002/10.0.0.3
1 -> 2: send/5/0000000001/0000000002/hi
  2 -> 1: ack/5/0000000001/0000000002/
  2 -> 3: send/5/0000000001/0000000002/hi
crash 2
wait 60s
restart 2
  2 -> 3: send/5/0000000001/0000000002/hi
# Server 3 takes it over, hears that its reader is at server 1, and sends it there.
# Server 1 hears that it is at server 3, and sends it on; only then comes the first ack.
wait 500ms
1 -> 2: send/5/0000000001/0000000002/hi
  2 -> 1: ack/5/0000000001/0000000002/
# Its repeat is one like any other.
1 -> 2: send/5/0000000001/0000000002/hi
  2: a server's repeat
  2 -> 1: ack/5/0000000001/0000000002/
3 -> 2: ack/5/0000000001/0000000002/
look 2
  1 clients, 1 waiting, 0 without an ack
