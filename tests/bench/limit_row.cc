// The rows of the bare ZeroMQ and RocksDB: one thread that publishes, with the hub's window and records.
#include <zmq.h>

#include "broker/base/check.h"
#include "broker/base/text.h"
#include "tests/bench/limit.h"
#include "tests/bench/publish.h"

namespace sam::bench {

uint32_t NextRun() {
  static std::atomic<uint32_t> run{0};
  return run += 16;
}

Row LimitRow(const std::string& folder, const RowPlan& plan) {
  Row row{plan.name, plan.window, 1};
  LimitServer server(folder);
  void* context = zmq_ctx_new();
  void* dealer = zmq_socket(context, ZMQ_DEALER);
  const int high_water = 4096, linger = 0;
  zmq_setsockopt(dealer, ZMQ_RCVHWM, &high_water, sizeof high_water);
  zmq_setsockopt(dealer, ZMQ_SNDHWM, &high_water, sizeof high_water);
  zmq_setsockopt(dealer, ZMQ_LINGER, &linger, sizeof linger);
  SAM_CHECK(zmq_connect(dealer, server.endpoint().c_str()) == 0);

  // The same bytes as the hub's events, with the moment of publishing in front.
  EventMill mill(Telling::kVisit, "source1", NextRun(), plan.children);
  uint32_t number = 0;
  int in_flight = 0;
  Stopwatch watch;
  const int64_t begin = NowMicros();
  const int64_t start = begin + 100'000;
  const int64_t end = start + static_cast<int64_t>(plan.seconds * 1e6);
  uint64_t measured = 0;
  for (int64_t now = begin; now < end || in_flight > 0; now = NowMicros()) {
    for (; in_flight < plan.window && now < end; ++in_flight) {
      const int64_t at = NowMicros();
      std::string record(BigEndian64(static_cast<uint64_t>(at)));
      record += mill.Make(++number, at);
      SAM_CHECK(zmq_send(dealer, record.data(), record.size(), 0) >= 0);
    }
    zmq_pollitem_t item{dealer, 0, ZMQ_POLLIN, 0};
    zmq_poll(&item, 1, 1000);
    char answer[16];
    while (zmq_recv(dealer, answer, sizeof answer, ZMQ_DONTWAIT) == 8) {
      --in_flight;
      const int64_t got = NowMicros();
      if (got < start || got >= end) continue;
      ++measured;
      watch.Add(got - static_cast<int64_t>(ReadBigEndian64({answer, 8})));
    }
  }
  zmq_close(dealer);
  zmq_ctx_term(context);
  watch.Sort();
  row.rate = static_cast<double>(measured) / plan.seconds;
  row.p50 = watch.At(0.5);
  row.p99 = watch.At(0.99);
  row.p999 = watch.At(0.999);
  return row;
}

}  // namespace sam::bench
