# "A datagram that is too long, is not UTF-8, has fewer than five fields, an unknown
# type, an ID that is not ten digits, or a seq that is not 0 to 99, is dropped and
# counted; so is … a handshake, get or terminate that names a destination, and a
# client's terminate with a payload."
line 3
stranger 1
stranger 3

a -> 2: handshake/0/0000000001//{x*240}
  2 drops it: longer than 256 bytes
a -> 2: send/0/0000000001/0000000002/\xff
  2 drops it: not UTF-8
a -> 2: send/0/0000000001/0000000002/\xc3
  2 drops it: not UTF-8
# An overlong form and half of a surrogate pair are not strict UTF-8.
a -> 2: send/0/0000000001/0000000002/\xc0\xaf
  2 drops it: not UTF-8
a -> 2: send/0/0000000001/0000000002/\xed\xa0\x80
  2 drops it: not UTF-8
a -> 2: handshake/0/0000000001/
  2 drops it: fewer than five fields
a -> 2: \n
  2 drops it: fewer than five fields
a -> 2: ////
  2 drops it: a type that this side does not send
a -> 2: hello/0/0000000001//
  2 drops it: a type that this side does not send
a -> 2: Handshake/0/0000000001//
  2 drops it: a type that this side does not send
a -> 2:  handshake/0/0000000001//
  2 drops it: a type that this side does not send
a -> 2: handshake/0/000000001//
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: handshake/0/00000000001//
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: handshake/0/+000000001//
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: handshake/0/٠٠٠٠٠٠٠٠٠١//
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: handshake/0///
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: send/0//0000000002/text
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: send/0/0000000001//text
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: send/0/0000000001/12345/text
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: ack/0/0000000001//
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: get/100/0000000001//
  2 drops it: a seq that is not 0 to 99
a -> 2: get/-1/0000000001//
  2 drops it: a seq that is not 0 to 99
a -> 2: get/007/0000000001//
  2 drops it: a seq that is not 0 to 99
a -> 2: get//0000000001//
  2 drops it: a seq that is not 0 to 99
a -> 2: get/x/0000000001//
  2 drops it: a seq that is not 0 to 99
a -> 2: handshake/0/0000000001/0000000002/
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: get/0/0000000001/0000000002/
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: terminate/0/0000000001/0000000002/
  2 drops it: an ID that is not ten digits, or where it does not belong
a -> 2: terminate/0/0000000001//x
  2 drops it: a terminate with the wrong flag
where 0000000001
  2 knows 0000000001 at nowhere
look 2
  0 clients, 0 waiting, 0 without an ack

# Nothing of it stops the server.
a -> 2: get/0/0000000001//
  2 -> a: send/0//0000000001/
  2 -> 1: 0000000001/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2
