line 3
stranger 1
stranger 3

1 -> 2: send/5/0000000001/0000000002/{x*230}
  2 drops it: longer than 256 bytes
1 -> 2: send/5/0000000001/0000000002/{x*161}
  2 drops it: a text of over 160 characters or 226 bytes
# 227 bytes fit with one digit; they are refused, since the number may grow.
1 -> 2: send/5/0000000001/0000000002/{ä*113}x
  2 drops it: a text of over 160 characters or 226 bytes
1 -> 2: send/5/0000000001/0000000002/\xff
  2 drops it: not UTF-8
1 -> 2: send/5/0000000001/0000000002
  2 drops it: fewer than five fields
1 -> 2: send/100/0000000001/0000000002/x
  2 drops it: a seq that is not 0 to 99
1 -> 2: send/5/0000000001//x
  2 drops it: an ID that is not ten digits, or where it does not belong
1 -> 2: send/5//0000000002/x
  2 drops it: an ID that is not ten digits, or where it does not belong
1 -> 2: ack/5/0000000001//
  2 drops it: an ID that is not ten digits, or where it does not belong
1 -> 2: noise/5/0000000001/0000000002/x
  2 drops it: a type that this side does not send
1 -> 2: terminate/0///1
  2 drops it: an ID that is not ten digits, or where it does not belong
1 -> 2: terminate/0/0000000001/0000000002/1
  2 drops it: an ID that is not ten digits, or where it does not belong
1 -> 2: terminate/0/0000000001//2
  2 drops it: a terminate with the wrong flag
1 -> 2: x
  2 drops it: fewer than five fields
# The longest text that there is passes.
1 -> 2: send/99/0000000001/0000000002/{ä*113}
  2 -> 1: ack/99/0000000001/0000000002/
look 2
  0 clients, 1 waiting, 0 without an ack
