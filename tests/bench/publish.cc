#include "tests/bench/publish.h"

#include <poll.h>
#include <unistd.h>
#include <zmq.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "broker/base/check.h"
#include "broker/base/clock.h"
#include "broker/base/text.h"
#include "broker/client/source_client.h"
#include "broker/client/subscriber_client.h"
#include "broker/stage/doorbell.h"
#include "broker/wire/codec.h"
#include "schemas/signal.capnp.h"

namespace sam::bench {
namespace {

constexpr int64_t kGiveUpMicros = 60'000'000;

// Numbers 1.. are offered up to `window` above what is accepted; made when they are asked for.
class BenchOutbox final : public client::OutboxSource {
 public:
  // `confirmed`: when given, the window counts what the receiver has not confirmed yet.
  BenchOutbox(EventMill mill, int window, const Phase& phase, uint64_t limit,
              const std::atomic<uint64_t>* confirmed)
      : mill_(std::move(mill)),
        window_(static_cast<uint64_t>(window)),
        phase_(phase),
        limit_(limit),
        confirmed_(confirmed),
        sent_(2 * window_ + 2) {}

  Status Read(OutboxSeq from, size_t, const Visitor& visit) override {
    uint64_t upto = std::min(accepted_ + window_, limit_);
    if (confirmed_ != nullptr) upto = std::min(upto, *confirmed_ + window_);
    if (phase_.stop.load(std::memory_order_relaxed)) upto = std::min(upto, offered_);
    for (uint64_t seq = from.value; seq <= upto; ++seq) {
      // Sent again it must be the same event, and its time goes on from the first.
      const int64_t now = seq <= offered_ ? sent_[seq % sent_.size()] : NowMicros();
      if (!visit(OutboxSeq(seq), mill_.Make(static_cast<uint32_t>(seq), now))) break;
      sent_[seq % sent_.size()] = now;
      offered_ = std::max(offered_, seq);
    }
    return Ok();
  }
  Status AcceptedTo(OutboxSeq seq) override {
    const int64_t now = NowMicros();
    const bool measuring = phase_.measuring.load(std::memory_order_relaxed);
    for (uint64_t one = accepted_ + 1; one <= seq.value && measuring; ++one) {
      watch_.Add(now - sent_[one % sent_.size()]);
      ++measured_;
    }
    accepted_ = seq.value;
    return Ok();
  }
  Status TrimTo(OutboxSeq) override { return Ok(); }
  Status Refused(OutboxSeq seq, wire::Refusal code, std::string_view field) override {
    std::fprintf(stderr, "event %llu refused: %s %s\n", static_cast<unsigned long long>(seq.value),
                 wire::RefusalName(code), std::string(field).c_str());
    ++refused_;
    return Ok();
  }
  OutboxSeq accepted() const override { return OutboxSeq(accepted_); }

  uint64_t offered() const { return offered_; }
  uint64_t measured() const { return measured_; }
  uint64_t refused() const { return refused_; }
  const Stopwatch& watch() const { return watch_; }

 private:
  EventMill mill_;
  uint64_t window_;
  const Phase& phase_;
  uint64_t limit_;
  const std::atomic<uint64_t>* confirmed_;
  std::vector<int64_t> sent_;
  Stopwatch watch_;
  uint64_t accepted_ = 0, offered_ = 0, measured_ = 0, refused_ = 0;
};

// The receiver in memory: commits nothing to disk, so the row shows the hub's part.
class MemorySink final : public client::InboxSink {
 public:
  MemorySink(uint32_t run, const Phase& phase) : run_(run), phase_(phase) {}
  Status Take(const Position& position, std::string_view bytes, wire::WithheldCode withheld,
              const client::DeliveryFlags&) override {
    seen_[position.lane == Lane::kAcute ? 1 : 0] = position;
    if (withheld != wire::WithheldCode::NONE) return Ok();
    const auto signal = wire::Parse<schema::Signal>(bytes);
    if (!signal.ok() || signal->get().getEvidence().size() == 0) return Ok();
    const std::string_view event = wire::View(signal->get().getEvidence()[0]);
    if ((RunOf(event) & ~uint32_t{15}) == run_) taken_.push_back(PublishedMicros(event));
    return Ok();
  }
  Status Commit() override { return Ok(); }
  Status Drop() override { return Ok(); }  // neither of the two above ever fails
  std::vector<Position> Seen() override {
    std::vector<Position> out;
    for (const Position& one : seen_)
      if (one.sequence.value > 0) out.push_back(one);
    return out;
  }
  // After Step: everything taken has been committed and its confirmation sent.
  bool NoteConfirmed() {
    if (taken_.empty()) return false;
    const int64_t now = NowMicros();
    const bool measuring = phase_.measuring.load(std::memory_order_relaxed);
    for (const int64_t at : taken_) {
      if (measuring) watch_.Add(now - at);
      if (measuring) measured_.fetch_add(1, std::memory_order_relaxed);
    }
    confirmed_.fetch_add(taken_.size(), std::memory_order_relaxed);
    taken_.clear();
    return true;
  }
  const Stopwatch& watch() const { return watch_; }
  const std::atomic<uint64_t>& confirmed() const { return confirmed_; }
  uint64_t measured() const { return measured_.load(std::memory_order_relaxed); }

 private:
  uint32_t run_;
  const Phase& phase_;
  std::vector<int64_t> taken_;
  Position seen_[2]{};
  Stopwatch watch_;
  std::atomic<uint64_t> confirmed_{0}, measured_{0};
};

void Wait(const wire::ClientLink& link, long ms, stage::Doorbell* bell = nullptr) {
  zmq_pollitem_t items[2]{{link.pollable().socket, 0, ZMQ_POLLIN, 0}, {nullptr, -1, ZMQ_POLLIN, 0}};
  if (bell != nullptr) items[1].fd = bell->pollable().fd;
  zmq_poll(items, bell == nullptr ? 1 : 2, ms);
}

struct Publisher {
  std::unique_ptr<wire::ZmqClientLink> link;
  std::unique_ptr<BenchOutbox> outbox;
  std::unique_ptr<client::SourceClient> client;
  std::atomic<uint64_t> accepted{0};
  std::thread thread;

  void Run(Phase& phase, uint64_t warm_at, stage::Doorbell& bell) {
    bool warm = false;
    const SystemClock clock;
    int64_t stopped_us = 0;
    while (!phase.abandon) {
      bell.Clear();
      const auto done = client->Step(clock.SteadyMicros());
      SAM_CHECK(done.ok());
      accepted.store(outbox->accepted().value, std::memory_order_relaxed);
      if (!warm && outbox->accepted().value >= warm_at) {
        warm = true;
        ++phase.warm;
      }
      if (phase.stop) {
        if (stopped_us == 0) stopped_us = NowMicros();
        if (outbox->accepted().value >= outbox->offered()) return;
        if (NowMicros() - stopped_us > kGiveUpMicros) return;
      }
      if (*done == 0) Wait(*link, 50, &bell);
    }
  }
};

struct Subscriber {
  std::unique_ptr<wire::ZmqClientLink> link;
  std::unique_ptr<MemorySink> sink;
  std::unique_ptr<client::SubscriberClient> client;
  std::thread thread;
  void Run(const std::atomic<bool>& over, stage::Doorbell& bell) {
    const SystemClock clock;
    while (!over) {
      const auto done = client->Step(clock.SteadyMicros());
      SAM_CHECK(done.ok());
      if (sink->NoteConfirmed()) bell.Ring();
      if (*done == 0) Wait(*link, 50);
    }
  }
};

// Reads the lines of samsignal-inbox: it prints a signal after it is in its store and acknowledged.
struct InboxLines {
  int fd = -1;
  uint32_t run = 0;
  Stopwatch watch;
  std::atomic<uint64_t> confirmed{0}, measured{0};
  std::thread thread;

  void TakeLine(std::string_view line, const Phase& phase) {
    constexpr std::string_view kKey = "\"evidence\":[\"";
    const size_t at = line.find(kKey);
    if (at == std::string_view::npos || line.size() < at + kKey.size() + 32) return;
    const auto event = FromHex(line.substr(at + kKey.size(), 32));
    if (!event || (RunOf(*event) & ~uint32_t{15}) != run) return;
    if (phase.measuring) {
      watch.Add(NowMicros() - PublishedMicros(*event));
      ++measured;
    }
    ++confirmed;
  }
  void Run(const Phase& phase, const std::atomic<bool>& over, stage::Doorbell& bell) {
    std::string rest;
    std::vector<char> buffer(1 << 16);
    while (!over) {
      pollfd item{fd, POLLIN, 0};
      if (poll(&item, 1, 50) <= 0) continue;
      const ssize_t n = read(fd, buffer.data(), buffer.size());
      if (n <= 0) return;
      rest.append(buffer.data(), static_cast<size_t>(n));
      size_t from = 0;
      for (size_t end; (end = rest.find('\n', from)) != std::string::npos; from = end + 1)
        TakeLine(std::string_view(rest).substr(from, end - from), phase);
      rest.erase(0, from);
      bell.Ring();
    }
  }
};

void Publish(Lab& lab, wire::ZmqContext& context, const Clock& clock, const RowPlan& plan,
             Telling telling, uint32_t run, Phase& phase, uint64_t limit, uint64_t warm_at,
             const std::atomic<uint64_t>* confirmed, stage::Doorbell& bell,
             std::vector<std::unique_ptr<Publisher>>& out) {
  for (int i = 0; i < plan.publishers; ++i) {
    const std::string name = "source" + std::to_string(i + 1);
    auto one = std::make_unique<Publisher>();
    auto link = lab.Connect(context, name, false, clock);
    SAM_CHECK(link.ok());
    one->link = std::move(*link);
    one->outbox = std::make_unique<BenchOutbox>(
        EventMill(telling, name, run + static_cast<uint32_t>(i), plan.children), plan.window, phase,
        limit, confirmed);
    client::SourceOptions options;
    options.system_id = name;
    one->client = std::make_unique<client::SourceClient>(*one->link, *one->outbox, options);
    out.push_back(std::move(one));
  }
  for (auto& one : out)
    one->thread = std::thread(
        [&phase, &bell, warm_at, source = one.get()] { source->Run(phase, warm_at, bell); });
}

// False: not within the time that any machine should need.
bool Until(const std::function<bool()>& done, int64_t micros = kGiveUpMicros) {
  const int64_t give_up = NowMicros() + micros;
  while (!done()) {
    if (NowMicros() > give_up) return false;
    usleep(2'000);
  }
  return true;
}

// Events the hub has; the row is whole when each publisher has all its answers.
uint64_t Answered(const std::vector<std::unique_ptr<Publisher>>& publishers, Row& row) {
  uint64_t published = 0;
  for (const auto& one : publishers) {
    const uint64_t accepted = one->outbox->accepted().value;
    published += accepted;
    if (accepted < one->outbox->offered())
      std::fprintf(stderr, "a publisher offered %llu and had %llu answered, %llu sent again\n",
                   static_cast<unsigned long long>(one->outbox->offered()),
                   static_cast<unsigned long long>(accepted),
                   static_cast<unsigned long long>(one->client->status().resends));
    row.whole =
        row.whole && accepted >= one->outbox->offered() && one->outbox->refused() == 0;
  }
  return published;
}

void Join(Subscriber& subscriber, Lab& lab, wire::ZmqContext& context, const Clock& clock,
          uint32_t run, Phase& phase) {
  auto link = lab.Connect(context, "forebyggande", true, clock);
  SAM_CHECK(link.ok());
  subscriber.link = std::move(*link);
  subscriber.sink = std::make_unique<MemorySink>(run, phase);
  client::SubscriberOptions options;
  options.subscription = "bollnas.forebyggande";
  options.window_messages = 256;
  subscriber.client =
      std::make_unique<client::SubscriberClient>(*subscriber.link, *subscriber.sink, options);
}

struct Spent {  // seconds: of the clock, of the hub's processor time, of another process's
  double clock = 0;
  double hub = 0;
  double other = 0;
};

// Lets the plan's time pass; what was spent meanwhile.
Spent Measure(Lab& lab, const RowPlan& plan, pid_t other, Phase& phase) {
  const double hub = CpuSeconds(lab.hub()), before = other > 0 ? CpuSeconds(other) : 0;
  const int64_t start = NowMicros();
  phase.measuring = true;
  usleep(static_cast<useconds_t>(plan.seconds * 1e6));
  phase.measuring = false;
  Spent out;
  out.clock = static_cast<double>(NowMicros() - start) * 1e-6;
  out.hub = CpuSeconds(lab.hub()) - hub;
  out.other = other > 0 ? CpuSeconds(other) - before : 0;
  return out;
}

void Fill(Row& row, Stopwatch& watch, uint64_t measured, const Spent& spent) {
  watch.Sort();
  row.rate = static_cast<double>(measured) / spent.clock;
  row.p50 = watch.At(0.5);
  row.p99 = watch.At(0.99);
  row.p999 = watch.At(0.999);
  const double each = measured > 0 ? 1e6 / static_cast<double>(measured) : 0;
  row.hub_cpu = spent.hub * each;
  row.other_cpu = spent.other * each;
}

}  // namespace

Row HubRow(Lab& lab, const RowPlan& plan, Receiver receiver) {
  const SystemClock clock;
  wire::ZmqContext context;
  Phase phase;
  std::atomic<bool> over{false};
  const uint32_t run = NextRun();
  Row row{plan.name, plan.window, plan.publishers};

  stage::Doorbell bell;  // the receiver has confirmed something
  const std::atomic<uint64_t>* confirmed = nullptr;
  Subscriber subscriber;
  InboxLines lines;
  if (receiver == Receiver::kMemory) {
    Join(subscriber, lab, context, clock, run, phase);
    subscriber.thread = std::thread([&] { subscriber.Run(over, bell); });
    confirmed = &subscriber.sink->confirmed();
  } else if (receiver == Receiver::kInbox) {
    SAM_CHECK(lab.StartInbox(&lines.fd).ok());
    lines.run = run;
    lines.thread = std::thread([&] { lines.Run(phase, over, bell); });
    confirmed = &lines.confirmed;
  }

  const Telling telling = receiver == Receiver::kNone ? Telling::kVisit : Telling::kOutcome;
  std::vector<std::unique_ptr<Publisher>> publishers;
  const auto warm_at = static_cast<uint64_t>(std::max(plan.window * 4, 20));
  Publish(lab, context, clock, plan, telling, run, phase, UINT32_MAX, warm_at, confirmed, bell,
          publishers);
  row.whole = Until([&] { return phase.warm == plan.publishers; });

  const pid_t other = receiver == Receiver::kInbox ? lab.inbox() : 0;
  const Spent spent = Measure(lab, plan, other, phase);
  row.rss = MemoryMiB(lab.hub());
  row.lag = static_cast<uint64_t>(std::max<int64_t>(0, lab.Lag()));
  phase.stop = true;
  for (auto& one : publishers) one->thread.join();

  Stopwatch watch;
  uint64_t measured = 0;
  const uint64_t published = Answered(publishers, row);
  if (receiver == Receiver::kNone) {
    for (auto& one : publishers) {
      watch.Merge(one->outbox->watch());
      measured += one->outbox->measured();
    }
  }
  if (receiver == Receiver::kMemory) {
    row.whole = Until([&] { return subscriber.sink->confirmed() >= published; }) && row.whole;
    over = true;
    subscriber.thread.join();
    watch = subscriber.sink->watch();
    measured = subscriber.sink->measured();
  } else if (receiver == Receiver::kInbox) {
    row.whole = Until([&] { return lines.confirmed >= published; }) && row.whole;
    over = true;
    lines.thread.join();
    lab.StopInbox();
    close(lines.fd);
    watch = lines.watch;
    measured = lines.measured;
  }
  Fill(row, watch, measured, spent);
  lab.Settle();
  return row;
}

Row SoakRow(Lab& lab, const RowPlan& plan, uint64_t events) {
  const SystemClock clock;
  wire::ZmqContext context;
  Phase phase;
  Row row{plan.name, plan.window, plan.publishers};
  std::vector<std::unique_ptr<Publisher>> publishers;
  const auto parts = static_cast<uint64_t>(plan.publishers);
  const uint64_t share = (events + parts - 1) / parts;
  phase.measuring = true;
  stage::Doorbell bell;
  const double cpu = CpuSeconds(lab.hub());
  const int64_t start = NowMicros();
  Publish(lab, context, clock, plan, Telling::kVisit, NextRun(), phase, share, share, nullptr, bell,
          publishers);
  const auto accepted = [&] {
    uint64_t sum = 0;
    for (auto& one : publishers) sum += one->accepted.load(std::memory_order_relaxed);
    return sum;
  };
  uint64_t before = 0;
  int64_t told = start;
  while (phase.warm < plan.publishers) {
    usleep(100'000);
    const int64_t now = NowMicros();
    if (now - told < 10'000'000) continue;
    const uint64_t count = accepted();
    std::printf("  %10llu events  %8.0f/s  hub %5.0f MiB  behind %lld\n",
                static_cast<unsigned long long>(count),
                static_cast<double>(count - before) * 1e6 / static_cast<double>(now - told),
                MemoryMiB(lab.hub()), static_cast<long long>(lab.Lag()));
    std::fflush(stdout);
    if (count == before) {
      phase.abandon = true;
      row.whole = false;
      break;
    }
    before = count;
    told = now;
  }
  const double seconds = static_cast<double>(NowMicros() - start) * 1e-6;
  phase.stop = true;
  Stopwatch watch;
  for (auto& one : publishers) {
    one->thread.join();
    watch.Merge(one->outbox->watch());
    row.whole = row.whole && one->outbox->accepted().value == share;
  }
  row.lag = static_cast<uint64_t>(std::max<int64_t>(0, lab.Lag()));
  const double count = static_cast<double>(accepted());
  row.rate = count / seconds;
  watch.Sort();
  row.p50 = watch.At(0.5);
  row.p99 = watch.At(0.99);
  row.p999 = watch.At(0.999);
  lab.Settle();  // dispatch's share belongs to the events too
  row.hub_cpu = (CpuSeconds(lab.hub()) - cpu) * 1e6 / count;
  row.rss = MemoryMiB(lab.hub());
  return row;
}

}  // namespace sam::bench
