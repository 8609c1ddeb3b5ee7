#include "broker/delivery/delivery.h"

#include <utility>

namespace sam::delivery {

namespace {
constexpr int64_t kWatchMicros = 50'000;      // how often leases and time-outs are looked at
constexpr int64_t kGaugeMicros = 5'000'000;   // how often ages are measured
}  // namespace

DeliveryStage::Subscription::Subscription(std::string name_in, const RetryPolicy& retry)
    : name(std::move(name_in)),
      lanes{LaneBox(retry), LaneBox(retry)},
      delivered("samsignal_delivered_total", "Signals handed to a subscriber's connection",
                {{"subscription", name}}),
      redelivered("samsignal_redelivered_total", "Signals sent once more",
                  {{"subscription", name}}),
      dead_letters("samsignal_dead_letters_total", "Signals given up after the policy's attempts",
                   {{"subscription", name}}),
      rechecks("samsignal_delivery_rechecks_total", "Decisions asked for again before sending",
               {{"subscription", name}}),
      gap("samsignal_gap_detected_total",
          "Numbers that a subscriber or the mailbox lost", {{"subscription", name}}),
      statutory_stuck("samsignal_statutory_unacknowledged_total",
                      "Times a statutory report passed its attempts without an answer",
                      {{"subscription", name}}),
      oldest{metrics::Gauge("samsignal_oldest_unacked_seconds",
                            "Age of the oldest signal not acknowledged",
                            {{"subscription", name}, {"lane", "normal"}}),
             metrics::Gauge("samsignal_oldest_unacked_seconds",
                            "Age of the oldest signal not acknowledged",
                            {{"subscription", name}, {"lane", "acute"}})},
      connected("samsignal_receiver_connected", "1: the receiver is connected", {{"subscription", name}}),
      silent("samsignal_receiver_silent",
             "1: the receiver has been away for longer than configured, whether anything waits or not",
             {{"subscription", name}}) {}

DeliveryStage::DeliveryStage(DeliveryDoors doors, DeliveryOptions options, Random random)
    : doors_(std::move(doors)),
      options_(std::move(options)),
      random_(random),
      mailbox_(doors_.store),
      sessions_gauge_("samsignal_delivery_sessions", "Subscribers connected"),
      protocol_errors_("samsignal_delivery_protocol_errors_total",
                       "Frames from subscribers that had no place in the conversation") {}

DeliveryStage::~DeliveryStage() = default;

Result<int> DeliveryStage::Work() {
  doors_.bell.Clear();
  now_us_ = doors_.clock.SteadyMicros();
  if (started_us_ < 0) started_us_ = now_us_;
  int done = TakeOutcomes();
  SAM_TRY(DropIfAsked());
  done += Receive();
  if (now_us_ >= watch_at_us_) {
    watch_at_us_ = now_us_ + kWatchMicros;
    WatchSessions();
    Expire();
  }
  // Where nothing may leave there is nothing to be told yet, nor room for it.
  const bool room = doors_.log.may_disclose();
  if (options_.tell_offers && !unclosed_told_ && room) SAM_TRY(TellUnclosed());
  SAM_ASSIGN(const int renewed, LookForRenewed());
  SAM_ASSIGN(const int sent, SendAll());
  done += renewed + sent + Submit();
  if (now_us_ >= gauges_at_us_) {
    gauges_at_us_ = now_us_ + kGaugeMicros;
    SAM_TRY(UpdateGauges());
  }
  return done;
}

std::vector<wire::Pollable> DeliveryStage::Pollables() {
  return {doors_.link.pollable(), doors_.bell.pollable()};
}

void DeliveryStage::Stop() {
  stopping_ = true;
  while (!sessions_.empty()) End(sessions_.begin()->first, /*broken=*/false, /*bye=*/true);
}

bool DeliveryStage::Drained() const {
  if (!at_journal_.empty()) return false;
  if (!doors_.log.may_disclose()) return true;  // the disk is full: told by the next start
  for (const auto& [name, subscription] : subscriptions_)
    for (const LaneBox& lane : subscription->lanes)
      if (lane.dirty || !lane.dead.empty()) return false;
  return true;
}

}  // namespace sam::delivery
