#include "tests/sim/sim_hub.h"

#include <capnp/message.h>

#include <utility>

#include "broker/crypto/digest.h"
#include "broker/dispatch/settings.h"
#include "broker/dispatch/state_codec.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "schemas/storage.capnp.h"
#include "tests/sim/configuration.h"

namespace sam::sim {
namespace {

constexpr size_t kPipeSlots = 16;

journal::Draft DraftOf(journal::Kind kind, capnp::MessageBuilder& message) {
  journal::Draft draft;
  draft.kind = kind;
  draft.payload = wire::Flatten(message);
  draft.peer = "hub";
  return draft;
}

}  // namespace

Status ForgetfulStore::Apply(const Batch& batch, Durability durability) {
  Batch kept;
  for (const Batch::Op& op : batch.ops()) {
    if (op.space == spaces::kDedupe || op.space == spaces::kEvent) continue;
    if (op.value)
      kept.Put(op.space, op.key, *op.value);
    else
      kept.Delete(op.space, op.key);
  }
  return store_.Apply(kept, durability);
}

// All that lives in memory only, in order of construction.
struct SimHub::Running {
  Running()
      : ingress_port(kPipeSlots, &journal_bell, &ingress_bell),
        dispatch_port(kPipeSlots, &journal_bell, &dispatch_bell),
        delivery_port(kPipeSlots, &journal_bell, &delivery_bell),
        admin_port(kPipeSlots, &journal_bell, &admin_bell),
        trim(ingress::TrimMark::Policy::kAccepted),
        tables(4) {
    ingress_port.input = true;
  }
  stage::Doorbell journal_bell, ingress_bell, dispatch_bell, delivery_bell, admin_bell;
  journal::Port ingress_port, dispatch_port, delivery_port, admin_port;
  journal::DurableMark mark;
  ingress::TrimMark trim;
  stage::Pipe<ingress::PeerTablePtr> tables;
  std::unique_ptr<Vault> vault;
  std::unique_ptr<HighWater> high_water;
  std::unique_ptr<DiskGuard> disk;
  SecretKey hub_key;
  std::unique_ptr<wire::ServerLink> ingress_link, delivery_link;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<journal::Reader> dispatch_reader, delivery_reader;
  std::unique_ptr<journal::PlaceDoor> places;
  std::unique_ptr<dispatch::DispatchStage> dispatch;
  std::unique_ptr<delivery::DeliveryStage> delivery;
  std::unique_ptr<ingress::Ingress> ingress;
};

SimHub::SimHub(World& world, std::vector<ingress::PeerRules> peers, Plant plant)
    : world_(world),
      peers_(std::move(peers)),
      forgetful_(log_store),
      store_(plant == Plant::kNoDedupe ? static_cast<Store&>(forgetful_) : log_store),
      kek_(SecretKey::Random()),
      signing_(SigningKey::FromSeed(SecretKey::Random())) {
  for (const ingress::PeerRules& peer : peers_)
    functions_.insert(functions_.end(), peer.functions.begin(), peer.functions.end());
  log_store.SetLyingSync(plant == Plant::kAckBeforeSync);
}

SimHub::~SimHub() = default;

ingress::PeerTablePtr SimHub::Table() const {
  return std::make_unique<const ingress::PeerTable>(peers_);
}

Status SimHub::Start() {
  parts_ = std::make_unique<Running>();
  Status opened = Open();
  if (!opened.ok()) parts_.reset();
  return opened;
}

// Keys and stores first, then the journal with its recovery, then the stages downstream of it.
Status SimHub::Open() {
  SAM_TRY(OpenJournal());
  Running& p = *parts_;
  p.dispatch_reader = std::make_unique<journal::Reader>(store_, *p.vault, p.hub_key, p.mark);
  p.delivery_reader = std::make_unique<journal::Reader>(store_, *p.vault, p.hub_key, p.mark);
  p.places = std::make_unique<journal::PlaceDoor>(store_, *p.vault, p.hub_key, p.mark);
  p.dispatch = std::make_unique<dispatch::DispatchStage>(store_, *p.dispatch_reader, *p.places,
                                                         p.dispatch_port, world_.clock,
                                                         &p.dispatch_bell);
  SAM_TRY(p.dispatch->Open());
  OpenDelivery();
  SAM_TRY(OpenIngress());
  // As main does: a configuration that is not the last one in the log is handed in first.
  SAM_ASSIGN(const std::string version, dispatch::CurrentConfigVersion(store_));
  if (version != ConfigVersion(configured_) && !Configure(configured_))
    return Internal("no room for the configuration");
  return Ok();
}

Status SimHub::OpenJournal() {
  Running& p = *parts_;
  SAM_ASSIGN(p.vault, Vault::Open(vault_store, kek_.Clone()));
  SAM_ASSIGN(p.hub_key, p.vault->HubKey("payload"));
  SAM_ASSIGN(index_key_, p.vault->HubKey("index"));
  SAM_ASSIGN(p.high_water, HighWater::Open(dir_ / "high-water", true));
  p.disk = std::make_unique<DiskGuard>(DiskLimits{1000, 100},
                                       [this] { return Result<uint64_t>(free_bytes_); });
  journal::JournalOptions options;
  options.checkpoints_path = dir_ / "checkpoints";
  options.checkpoints.records = 50;
  SAM_ASSIGN(p.journal,
             journal::Journal::Open(
                 journal::JournalParts{
                     .store = store_,
                     .vault = *p.vault,
                     .high_water = *p.high_water,
                     .disk = *p.disk,
                     .clock = world_.clock,
                     .hub_key = p.hub_key,
                     .signing_key = signing_,
                     .mark = p.mark,
                     .bell = p.journal_bell,
                     .ports = {&p.ingress_port, &p.dispatch_port, &p.delivery_port, &p.admin_port},
                     .downstream = {&p.dispatch_bell, &p.delivery_bell}},
                 options));
  return Ok();
}

void SimHub::OpenDelivery() {
  Running& p = *parts_;
  p.delivery_link = world_.net.Listen("delivery");
  delivery::DeliveryOptions delivery_options;
  delivery_options.hub = p.journal->hub();
  delivery_options.epoch = p.journal->epoch();
  delivery_options.test = true;
  delivery_options.tell_offers = true;
  delivery_options.heartbeat_us = 2'000'000;
  delivery_options.retry = {1'000'000, 200'000, 2'000'000, 6};
  p.delivery = std::make_unique<delivery::DeliveryStage>(
      delivery::DeliveryDoors{
          .link = *p.delivery_link,
          .store = store_,
          .log = *p.delivery_reader,
          .places = *p.places,
          .port = p.delivery_port,
          .bell = p.delivery_bell,
          .clock = world_.clock,
          .may_subscribe =
              [this](const std::string& peer, const std::string& function) {
                const auto table = Table();
                const ingress::PeerRules* rules = table->Find(peer);
                return rules != nullptr && rules->MayAnswerFor(function);
              },
          .versions_now =
              [this](const SubjectId& subject) { return dispatch::VersionsNow(store_, subject); },
          .checkpoint = [] { return std::string(); },
          .valid_since = [this] { return dispatch::ValidSince(store_); }},
      delivery_options, Random(world_.random.Next()));
}

Status SimHub::OpenIngress() {
  Running& p = *parts_;
  p.ingress_link = world_.net.Listen("ingress");
  ingress::IngressOptions ingress_options;
  ingress_options.hub = p.journal->hub();
  ingress_options.epoch = p.journal->epoch();
  ingress_options.admit.test_environment = true;
  ingress_options.window_messages = 16;
  ingress_options.heartbeat_us = 2'000'000;
  ingress_options.lease_us = 6'000'000;
  SAM_ASSIGN(p.ingress,
             ingress::Ingress::Open({*p.ingress_link, p.ingress_port, p.ingress_bell, world_.clock,
                                     p.mark, p.trim, p.tables},
                                    store_, ingress_options, index_key_.Clone(), Table()));
  return Ok();
}

void SimHub::Crash() {
  parts_.reset();
  log_store.CrashKeeping(world_.Below(log_store.unsynced() + 1));
  vault_store.CrashKeeping(world_.Below(vault_store.unsynced() + 1));
}

void SimHub::AddTo(stage::StageInvoker& invoker) {
  invoker.Add(*parts_->journal);
  invoker.Add(*parts_->dispatch);
  invoker.Add(*parts_->delivery);
  invoker.Add(*parts_->ingress);
}

void SimHub::RemoveFrom(stage::StageInvoker& invoker) {
  if (!up()) return;
  invoker.Remove(*parts_->journal);
  invoker.Remove(*parts_->dispatch);
  invoker.Remove(*parts_->delivery);
  invoker.Remove(*parts_->ingress);
}

bool SimHub::Submit(journal::Draft draft, std::vector<SubjectId> erase) {
  while (parts_->admin_port.up.TryPop()) continue;  // nobody waits for these
  journal::Submission submission;
  submission.drafts.push_back(std::move(draft));
  submission.erase = std::move(erase);
  return parts_->admin_port.down.TryPush(std::move(submission));
}

bool SimHub::Tick(Millis time) {
  capnp::MallocMessageBuilder message;
  message.initRoot<schema::Tick>().setTime(time.value);
  return Submit(DraftOf(journal::Kind::TICK, message));
}

bool SimHub::Configure(int version) {
  journal::Draft draft;
  draft.kind = journal::Kind::CONFIG;
  draft.payload = ConfigRecord(version);
  draft.peer = "hub";
  if (!Submit(std::move(draft))) return false;
  configured_ = version;
  return true;
}

bool SimHub::Replay(const std::string& function, uint64_t from, uint64_t to) {
  capnp::MallocMessageBuilder message;
  auto command = message.initRoot<schema::Command>();
  command.setOperator("sim");
  command.setReason("sim");
  auto replay = command.getAction().initReplay();
  replay.setSubscription(function);
  replay.setFromOffset(from);
  replay.setToOffset(to);
  return Submit(DraftOf(journal::Kind::COMMAND, message));
}

bool SimHub::Name(const SignalId& signal, const dispatch::SignalRow& row, const std::string& by,
                  const std::string& receiver) {
  const Digest own = Sha256({"named", std::to_string(++named_)});
  const EventId id = *EventId::From(std::string_view(own.view()).substr(0, EventId::kSize));
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schema::Event>();
  auto header = event.initHeader();
  header.setEventId(wire::AsData(id.view()));
  header.setType("signal.receiverNamed");
  header.setOccurredAt(world_.story.value);
  header.setTest(true);
  auto controller = header.initController();
  controller.setOrgNr(row.controller_org);
  controller.setBoard(row.controller_board);
  auto body = event.getBody().initSignalReceiverNamed();
  body.setSignalId(wire::AsData(signal.view()));
  body.setReceiverFunction(receiver);
  body.setFunction(by);
  body.setNamedBy("Sim Signer");
  body.setAt(world_.story.value);
  journal::Draft draft = DraftOf(journal::Kind::EVENT, message);
  draft.event = id;
  draft.message_key = std::string(KeyedHash16(index_key_, {"sim.desk", std::to_string(named_)}).view());
  draft.content_digest = std::string(own.view());
  draft.controller_org = row.controller_org;
  draft.controller_board = row.controller_board;
  return Submit(std::move(draft));
}

bool SimHub::Erase(const SubjectId& subject) {
  journal::Draft draft;
  draft.kind = journal::Kind::AUDIT;
  draft.payload = "erased";
  draft.peer = "hub";
  return Submit(std::move(draft), {subject});
}

bool SimHub::idle() const {
  return parts_->dispatch->idle() && parts_->dispatch->Drained() &&
         parts_->dispatch->cursor() >= parts_->mark.get() && parts_->ingress->Drained() &&
         parts_->delivery_port.down.empty() && parts_->admin_port.down.empty();
}

Result<journal::VerifyReport> SimHub::Verify() const {
  return journal::VerifyLog({store_, dir_ / "checkpoints", signing_.public_key(),
                             parts_->high_water->mark(), parts_->vault.get(), &parts_->hub_key});
}

const journal::Reader& SimHub::reader() const { return *parts_->dispatch_reader; }
const journal::PlaceDoor& SimHub::places() const { return *parts_->places; }
HubId SimHub::hub() const { return parts_->journal->hub(); }

}  // namespace sam::sim
