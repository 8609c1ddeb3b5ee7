// Reader: asks the database on a thread of its own, so that a slow one never holds up shipping, the
// local door or the watchdog. Source is its door, for tests.
// Threads: all functions on the adapter's thread; the database is touched by the reader's alone,
// which touches neither store nor pipeline. Owned by the connector; the destructor waits for the
// statement under way, which the server ends after statement_ms. Limit: one question at a time.
#pragma once

#include <memory>
#include <optional>
#include <thread>

#include "adapters/sql/database.h"
#include "adapters/sql/page.h"
#include "broker/stage/doorbell.h"
#include "broker/stage/pipe.h"

namespace sam::sql {

class Source {
 public:
  virtual ~Source() = default;
  virtual bool busy() const = 0;
  virtual void Start(Question question) = 0;  // not while busy
  // Waits up to wait_ms for the reply, or just waits.
  virtual std::optional<Reply> Step(int wait_ms) = 0;
};

class Reader final : public Source {
 public:
  explicit Reader(std::unique_ptr<Database> database);
  ~Reader() override;

  bool busy() const override { return busy_; }
  void Start(Question question) override;
  std::optional<Reply> Step(int wait_ms) override;

 private:
  void Run(const std::stop_token& stop);

  std::unique_ptr<Database> database_;
  stage::Doorbell asked_, answered_;
  stage::Pipe<Question> questions_{2, &asked_};
  stage::Pipe<Reply> replies_{2, &answered_};
  bool busy_ = false;
  std::jthread thread_;
};

}  // namespace sam::sql
