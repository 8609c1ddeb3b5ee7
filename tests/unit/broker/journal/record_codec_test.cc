#include "broker/journal/record_codec.h"

#include <gtest/gtest.h>

#include <set>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/wire/codec.h"
#include "schemas/storage.capnp.h"

namespace sam::journal {
namespace {

Header FullHeader() {
  Header header;
  header.offset = Offset(0x0102030405060708);
  header.time = Millis(1'772'000'000'123);
  header.kind = Kind::DECISION;
  header.event = *EventId::From("0123456789abcdef");
  header.subject = *SubjectId::From("fedcba9876543210");
  header.key = KeyId(42);
  header.controller_org = "212000-2361";
  header.controller_board = "socialnämnden";
  header.message_key = "mmmmmmmmmmmmmmmm";
  header.content_digest = std::string(32, 'c');
  header.payload_digest = std::string(32, 'p');
  header.payload_bytes = 777;
  header.peer = "bvc";
  header.cause = 5;
  header.schema_version = 2;
  header.linked = {*SubjectId::From("aaaaaaaaaaaaaaaa"), *SubjectId::From("bbbbbbbbbbbbbbbb")};
  return header;
}

class Codec : public testing::Test {
 protected:
  void SetUp() override { CryptoInit(); }
};

TEST_F(Codec, AHeaderComesBackAsItWas) {
  const Header in = FullHeader();
  const auto out = DecodeHeader(EncodeHeader(in));
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->offset, in.offset);
  EXPECT_EQ(out->time, in.time);
  EXPECT_EQ(out->kind, in.kind);
  EXPECT_EQ(out->event, in.event);
  EXPECT_EQ(out->subject, in.subject);
  EXPECT_EQ(out->key, in.key);
  EXPECT_EQ(out->controller_org, in.controller_org);
  EXPECT_EQ(out->controller_board, in.controller_board);
  EXPECT_EQ(out->message_key, in.message_key);
  EXPECT_EQ(out->content_digest, in.content_digest);
  EXPECT_EQ(out->payload_digest, in.payload_digest);
  EXPECT_EQ(out->payload_bytes, in.payload_bytes);
  EXPECT_EQ(out->peer, in.peer);
  EXPECT_EQ(out->cause, in.cause);
  EXPECT_EQ(out->schema_version, in.schema_version);
  EXPECT_EQ(out->linked, in.linked);
}

TEST_F(Codec, AnEmptyHeaderStaysEmpty) {
  const auto out = DecodeHeader(EncodeHeader(Header()));
  ASSERT_TRUE(out.ok());
  EXPECT_TRUE(out->event.empty());
  EXPECT_TRUE(out->subject.empty());
  EXPECT_TRUE(out->linked.empty());
  EXPECT_EQ(out->cause, kNoCause);
}

TEST_F(Codec, AHeaderLargerThanTheStackBufferComesBack) {
  Header in = FullHeader();
  in.controller_board = std::string(5000, 'n');
  const auto out = DecodeHeader(EncodeHeader(in));
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->controller_board, in.controller_board);
  EXPECT_EQ(out->linked, in.linked);
}

TEST_F(Codec, EncodingIsDeterministic) {
  EXPECT_EQ(EncodeHeader(FullHeader()), EncodeHeader(FullHeader()));
}

TEST_F(Codec, HeadersDecodeAtEveryAlignment) {
  const std::string bytes = EncodeHeader(FullHeader());
  for (size_t shift = 0; shift < 8; ++shift) {
    const std::string moved = std::string(shift, 'x') + bytes;
    EXPECT_TRUE(DecodeHeader(std::string_view(moved).substr(shift)).ok()) << shift;
  }
}

TEST_F(Codec, ACutHeaderIsCorruptAtEveryByte) {
  const std::string bytes = EncodeHeader(FullHeader());
  for (size_t n = 0; n < bytes.size(); ++n) {
    const auto out = DecodeHeader(std::string_view(bytes).substr(0, n));
    ASSERT_FALSE(out.ok()) << n;
    EXPECT_EQ(out.error().code, Code::kCorrupt);
  }
}

TEST_F(Codec, RandomBytesNeverCrashTheDecoders) {
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = EncodeHeader(FullHeader());
    const std::string noise = RandomBytes(3);
    bytes[(static_cast<uint8_t>(noise[0]) * 256u + static_cast<uint8_t>(noise[1])) % bytes.size()] =
        noise[2];
    (void)DecodeHeader(bytes);
    (void)DecodeDedupe(bytes);
    (void)DecodeIdentity(bytes);
    (void)DecisionOfMailboxRow(bytes);
    (void)DecodeEventRow(bytes);
  }
}

TEST_F(Codec, IndexRowsComeBack) {
  const Dedupe in{Offset(9), std::string(32, 'd'), *EventId::From("0123456789abcdef")};
  const auto out = DecodeDedupe(EncodeDedupe(in));
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->offset, in.offset);
  EXPECT_EQ(out->content_digest, in.content_digest);
  EXPECT_EQ(out->event, in.event);
  const auto row = DecodeEventRow(EncodeEventRow(Offset(10), "k"));
  ASSERT_TRUE(row.ok());
  EXPECT_EQ(row->offset, Offset(10));
  EXPECT_EQ(row->message_key, "k");
  EXPECT_EQ(DecodeEventRow("short").error().code, Code::kCorrupt);
  EXPECT_EQ(DecodeDedupe("short").error().code, Code::kCorrupt);
}

TEST_F(Codec, AnIdentityComesBackAndNeedsItsHub) {
  const Identity in{*HubId::From("hubhubhu"), 3, 1, Millis(5), KeyId(12)};
  const auto out = DecodeIdentity(EncodeIdentity(in));
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->hub, in.hub);
  EXPECT_EQ(out->epoch, 3u);
  EXPECT_EQ(out->created, in.created);
  EXPECT_EQ(out->highest_key, in.highest_key);
  EXPECT_EQ(DecodeIdentity(EncodeDedupe({})).error().code, Code::kCorrupt);
}

TEST_F(Codec, EveryKindHasAName) {
  std::set<std::string> names;
  for (uint16_t kind = 0; kind <= static_cast<uint16_t>(Kind::DISPOSED); ++kind)
    names.insert(KindName(static_cast<Kind>(kind)));
  EXPECT_EQ(names.size(), static_cast<size_t>(Kind::DISPOSED) + 1);
  EXPECT_STREQ(KindName(static_cast<Kind>(999)), "unknown");
}

class Sealing : public Codec {
 protected:
  Sealer sealer_;
  SecretKey key_ = SecretKey::Random();
};

TEST_F(Sealing, APayloadComesBack) {
  for (size_t size : {0u, 1u, 500u, 5000u, 300000u}) {
    const std::string plain(size, 'p');
    const auto row = sealer_.Seal(plain, "", Offset(1), Kind::EVENT, key_);
    EXPECT_EQ(row.digest, Sha256({row.bytes}).view());
    const auto out = sealer_.Open(row.bytes, Offset(1), Kind::EVENT, key_);
    ASSERT_TRUE(out.ok());
    EXPECT_EQ(*out, plain);
  }
}

TEST_F(Sealing, TheSamePayloadTwiceLooksDifferent) {
  EXPECT_NE(sealer_.Seal("x", "", Offset(1), Kind::EVENT, key_).bytes,
            sealer_.Seal("x", "", Offset(1), Kind::EVENT, key_).bytes);
}

TEST_F(Sealing, ARowCannotBeMovedChangedOrOpenedByAnotherKey) {
  const std::string row = sealer_.Seal("secret", "", Offset(1), Kind::EVENT, key_).bytes;
  EXPECT_EQ(sealer_.Open(row, Offset(2), Kind::EVENT, key_).error().code, Code::kCorrupt);
  EXPECT_EQ(sealer_.Open(row, Offset(1), Kind::CONFLICT, key_).error().code, Code::kCorrupt);
  EXPECT_EQ(sealer_.Open(row, Offset(1), Kind::EVENT, SecretKey::Random()).error().code,
            Code::kCorrupt);
  std::string changed = row;
  changed[changed.size() - 9] = static_cast<char>(changed[changed.size() - 9] ^ 1);
  changed[40] = static_cast<char>(changed[40] ^ 1);
  EXPECT_EQ(sealer_.Open(changed, Offset(1), Kind::EVENT, key_).error().code, Code::kCorrupt);
  EXPECT_EQ(sealer_.Open("", Offset(1), Kind::EVENT, key_).error().code, Code::kCorrupt);
}

TEST_F(Sealing, PlacesLieApartAndNeitherKeyOpensTheOtherPart) {
  const std::string row =
      sealer_.Seal("the rest", "a street", Offset(1), Kind::EVENT, key_).bytes;
  const SecretKey place_key = PlaceKeyOf(key_);
  bool apart = false;
  EXPECT_EQ(*sealer_.Open(row, Offset(1), Kind::EVENT, key_, &apart), "the rest");
  EXPECT_TRUE(apart);
  EXPECT_EQ(*sealer_.OpenPlace(row, Offset(1), Kind::EVENT, place_key), "a street");

  EXPECT_EQ(sealer_.Open(row, Offset(1), Kind::EVENT, place_key).error().code, Code::kCorrupt);
  EXPECT_EQ(sealer_.OpenPlace(row, Offset(1), Kind::EVENT, key_).error().code, Code::kCorrupt);
  EXPECT_EQ(sealer_.OpenPlace(row, Offset(1), Kind::EVENT, PlaceKeyOf(SecretKey::Random()))
                .error().code,
            Code::kCorrupt);
  EXPECT_EQ(sealer_.OpenPlace(row, Offset(2), Kind::EVENT, place_key).error().code,
            Code::kCorrupt);
  EXPECT_EQ(sealer_.OpenPlace(row, Offset(1), Kind::CONFLICT, place_key).error().code,
            Code::kCorrupt);
  EXPECT_EQ(sealer_.OpenPlace("", Offset(1), Kind::EVENT, place_key).error().code,
            Code::kCorrupt);
}

TEST_F(Sealing, ARowOfTheFirstFormatHasNoPlacesAndStillOpens) {
  const std::string row = sealer_.Seal("all of it", "", Offset(1), Kind::EVENT, key_).bytes;
  // As that format wrote it: a struct of two pointers, not three.
  capnp::MallocMessageBuilder message;
  auto old = message.initRoot<capnp::AnyPointer>().initAsAnyStruct(0, 2);
  const auto copied = wire::ReadOwn<schema::SealedPayload>(
      row, [&](schema::SealedPayload::Reader in) -> Status {
        old.getPointerSection()[0].setAs<capnp::Data>(in.getWrappedKey());
        old.getPointerSection()[1].setAs<capnp::Data>(in.getSealed());
        return Ok();
      });
  ASSERT_TRUE(copied.ok());
  const std::string before = wire::Flatten(message);
  ASSERT_LT(before.size(), row.size());
  bool apart = true;
  EXPECT_EQ(*sealer_.Open(before, Offset(1), Kind::EVENT, key_, &apart), "all of it");
  EXPECT_FALSE(apart);
  EXPECT_EQ(*sealer_.OpenPlace(before, Offset(1), Kind::EVENT, PlaceKeyOf(key_)), "");
}

TEST(VaultController, BoardsOfOneOrganisationAreApart) {
  EXPECT_NE(VaultController("a", "b"), VaultController("a/b", ""));
  EXPECT_NE(VaultController("55", "6"), VaultController("556", ""));
  EXPECT_FALSE(VaultController("", "").empty());
}

}  // namespace
}  // namespace sam::journal
