// A part's bytes are taken from its event's record for each sending.
#include <capnp/message.h>

#include "broker/base/text.h"
#include "schemas/event.capnp.h"
#include "schemas/signal.capnp.h"
#include "tests/unit/broker/delivery/rig.h"

namespace sam::delivery::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string EventWith(const std::string& bytes) {
  capnp::MallocMessageBuilder message;
  auto part = message.initRoot<schema::Event>().getBody().initReportAttachment();
  part.setDigest(wire::AsData("the digest"));
  part.setBytes(wire::AsData(bytes));
  return wire::Flatten(message);
}

std::string SignalAbout(uint16_t index) {
  capnp::MallocMessageBuilder message;
  auto signal = message.initRoot<schema::Signal>();
  signal.setCode("ATTACHMENT");
  signal.getBody().initAttachment().setIndex(index);
  return wire::Flatten(message);
}

std::string BytesOf(const wire::Delivery& item) {
  const auto signal = wire::Parse<schema::Signal>(item.signal);
  EXPECT_TRUE(signal.ok());
  if (!signal.ok() || !signal->get().getBody().isAttachment()) return "none";
  const auto body = signal->get().getBody().getAttachment();
  EXPECT_EQ(wire::View(body.getDigest()), "the digest");
  EXPECT_EQ(wire::View(signal->get().getCode()), "ATTACHMENT");
  return std::to_string(body.getIndex()) + ":" + std::string(wire::View(body.getBytes()));
}

TEST(DeliveredAttachment, CarriesTheBytesOfItsEventEachTimeItIsSent) {
  Rig rig;
  const Offset event = rig.Event(EventWith("page one"));
  rig.PutPart(SignalAbout(4), event);
  Peer peer(rig, "soc");
  peer.Join();
  const auto first = peer.Take();
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(BytesOf(first[0]), "4:page one");
  rig.CrashAndStart();
  Peer again(rig, "soc");
  again.Join();
  const auto second = again.Take();
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].signal, first[0].signal) << "byte for byte";
}

TEST(DeliveredAttachment, WhoseBytesAreGoneIsAskedAboutAndNotSent) {
  Rig rig;
  const Offset event = rig.Event(EventWith("page one"));
  rig.PutPart(SignalAbout(0), event);
  Batch batch;
  batch.Delete(spaces::kPayload, BigEndian64(event.value));
  Rig::Check(rig.store_.Apply(batch, Durability::kNow));
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Take(), IsEmpty());
  ASSERT_THAT(rig.Rechecks(), SizeIs(1));
  rig.Renew(Lane::kNormal, 1, "", wire::WithheldCode::ERASED);
  rig.Pass(1'100);
  const auto items = peer.Take();
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_EQ(items[0].withheld, wire::WithheldCode::ERASED);
  EXPECT_TRUE(items[0].signal.empty());
}

TEST(DeliveredAttachment, ARecordThatHoldsNoneStopsOnlyItself) {
  Rig rig;
  capnp::MallocMessageBuilder other;
  other.initRoot<schema::Event>().getBody().initBvcVisitMissed();
  const Offset event = rig.Event(wire::Flatten(other));
  rig.PutPart(SignalAbout(0), event);
  Post post;
  post.text = "next";
  post.child = "b";
  rig.Put(post);
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Texts(), ElementsAre("next"));
}

// 1 MiB of window, of which a fourth is the acute lane's: pages fill the rest and no more.
TEST(DeliveredAttachment, PagesCountByTheirBytesAndLeaveRoomForTheAcute) {
  Rig rig;
  const std::string page(wire::kMaxPartBytes, 'p');
  for (uint16_t i = 0; i < 20; ++i) rig.PutPart(SignalAbout(i), rig.Event(EventWith(page)));
  Peer peer(rig, "soc");
  peer.Join();
  EXPECT_THAT(peer.Numbers(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(peer.Numbers(), IsEmpty());
  Post acute;
  acute.text = "acute";
  acute.lane = Lane::kAcute;
  rig.Put(acute);
  EXPECT_THAT(peer.Texts(), ElementsAre("acute")) << "while the pages are unanswered";
  peer.Ack(2);
  EXPECT_THAT(peer.Numbers(), ElementsAre(7, 8));
}

}  // namespace
}  // namespace sam::delivery::test
