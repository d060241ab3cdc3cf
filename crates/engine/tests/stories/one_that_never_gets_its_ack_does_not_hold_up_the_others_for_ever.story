# The other server may refuse one for as long as that mailbox is full. Within ten
# seconds at most thirty others overtake it; after that there is nothing left that a
# repeat of it could be compared with.
line 3
stranger 1
stranger 3

3 -> 2: 0000000002/10.0.0.3
  2 -> 1: 0000000002/10.0.0.3
  2 -> 3: 0000000002/10.0.0.3
1 -> 2: send/0/0000000001/0000000002/refused
  2 -> 1: ack/0/0000000001/0000000002/
  2 -> 3: send/0/0000000001/0000000002/refused
repeat 45: 1 -> 2: send/{nn}/00000001{nn}/0000000002/x
  2 -> 1: ack/45/0000000145/0000000002/
repeat 30: 3 -> 2: ack/{nn}/00000001{nn}/0000000002/
wait 9s
  +1s 2 -> 3: send/0/0000000001/0000000002/refused
  +2s 2 -> 3: send/0/0000000001/0000000002/refused
  +3s 2 -> 3: send/0/0000000001/0000000002/refused
  +4s 2 -> 3: send/0/0000000001/0000000002/refused
  +5s 2 -> 3: send/0/0000000001/0000000002/refused
  +6s 2 -> 3: send/0/0000000001/0000000002/refused
  +7s 2 -> 3: send/0/0000000001/0000000002/refused
  +8s 2 -> 3: send/0/0000000001/0000000002/refused
  +9s 2 -> 3: send/0/0000000001/0000000002/refused
wait 2s
  +1s 2 -> 3: send/0/0000000001/0000000002/refused
  +2s 2 -> 3: send/0/0000000001/0000000002/refused
  +2s 2 -> 3: send/31/0000000131/0000000002/x
  +2s 2 -> 3: send/32/0000000132/0000000002/x
  +2s 2 -> 3: send/33/0000000133/0000000002/x
  +2s 2 -> 3: send/34/0000000134/0000000002/x
  +2s 2 -> 3: send/35/0000000135/0000000002/x
  +2s 2 -> 3: send/36/0000000136/0000000002/x
  +2s 2 -> 3: send/37/0000000137/0000000002/x
  +2s 2 -> 3: send/38/0000000138/0000000002/x
  +2s 2 -> 3: send/39/0000000139/0000000002/x
  +2s 2 -> 3: send/40/0000000140/0000000002/x
  +2s 2 -> 3: send/41/0000000141/0000000002/x
  +2s 2 -> 3: send/42/0000000142/0000000002/x
  +2s 2 -> 3: send/43/0000000143/0000000002/x
  +2s 2 -> 3: send/44/0000000144/0000000002/x
  +2s 2 -> 3: send/45/0000000145/0000000002/x
look 2
  1 clients, 16 waiting, 16 without an ack
