line 3
stranger 1
stranger 3

a -> 2: handshake/0/0000000001//
  2 -> a: ack/0/0000000001//
  2 -> 1: 0000000001/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2
wait 100ms
3 -> 2: 0000000001/10.0.0.3
a -> 2: terminate/0/0000000001//
  2 -> 1: terminate/0/0000000001//1
  2 -> 3: terminate/0/0000000001//1
  2 -> a: ack/0/0000000001//
wait 60s
where 0000000001
  2 knows 0000000001 at nowhere
