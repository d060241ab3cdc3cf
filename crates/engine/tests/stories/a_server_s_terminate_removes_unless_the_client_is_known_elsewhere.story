# "removes SRC, unless SRC is known at a server other than the one that says so;
# never sent on"
line 4
stranger 1
stranger 3
stranger 4

1 -> 2: 0000000001/10.0.0.1
  2 -> 1: 0000000001/10.0.0.1
  2 -> 3: 0000000001/10.0.0.1
3 -> 2: 0000000002/10.0.0.3
  2 -> 1: 0000000001/10.0.0.1?0000000002/10.0.0.3
  2 -> 3: 0000000001/10.0.0.1?0000000002/10.0.0.3
c -> 2: handshake/0/0000000003//
  2 -> c: ack/0/0000000003//
  2 -> 1: 0000000001/10.0.0.1?0000000002/10.0.0.3?0000000003/10.0.0.2
  2 -> 3: 0000000001/10.0.0.1?0000000002/10.0.0.3?0000000003/10.0.0.2

# Known at the server that says so: gone.
1 -> 2: terminate/0/0000000001//1
where 0000000001
  2 knows 0000000001 at nowhere
# Known at another, or here: it stays.
1 -> 2: terminate/0/0000000002//1
4 -> 2: terminate/0/0000000002//1
where 0000000002
  2 knows 0000000002 at 3
1 -> 2: terminate/0/0000000003//1
where 0000000003
  2 knows 0000000003 at 2
# Not known at all: nothing.
4 -> 2: terminate/0/0000000004//1
where 0000000004
  2 knows 0000000004 at nowhere
wait 60s
