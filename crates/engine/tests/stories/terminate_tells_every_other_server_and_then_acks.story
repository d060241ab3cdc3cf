# "removes SRC, sends terminate/0/SRC//1 to every other server, then replies ack/0/SRC//"
line 4
stranger 1
stranger 3
stranger 4

a -> 2: handshake/0/0000000001//
  2 -> a: ack/0/0000000001//
  2 -> 1: 0000000001/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2
a -> 2: terminate/0/0000000001//
  2 -> 1: terminate/0/0000000001//1
  2 -> 3: terminate/0/0000000001//1
  2 -> 4: terminate/0/0000000001//1
  2 -> a: ack/0/0000000001//
where 0000000001
  2 knows 0000000001 at nowhere

# Its ack was lost, so it says it again; the flood may have been lost as well.
a -> 2: terminate/0/0000000001//
  2 -> 1: terminate/0/0000000001//1
  2 -> 3: terminate/0/0000000001//1
  2 -> 4: terminate/0/0000000001//1
  2 -> a: ack/0/0000000001//

# No list says that it has gone.
wait 60s
