// Counters, gauges and histograms for /metrics. Any thread; the only place with locks (inside
// prometheus-cpp). Labels are adapter, subscriber, event type, reason and the like: never a person,
// a case or an address, and of bounded number.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sam::metrics {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Handles are found once (constructor) and used on the hot path: about 6 ns an increment.
class Counter {
 public:
  Counter(std::string_view name, std::string_view help, Labels labels = {});
  void Add(double n = 1);

 private:
  void* handle_;
};

class Gauge {
 public:
  Gauge(std::string_view name, std::string_view help, Labels labels = {});
  void Set(double value);

 private:
  void* handle_;
};

class Histogram {  // seconds, buckets 50 us .. 10 s
 public:
  Histogram(std::string_view name, std::string_view help, Labels labels = {});
  void Observe(double seconds);

 private:
  void* handle_;
};

std::string Expose();  // text/plain; version=0.0.4

}  // namespace sam::metrics
