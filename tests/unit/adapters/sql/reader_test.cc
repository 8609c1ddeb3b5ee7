#include "adapters/sql/reader.h"

#include <gtest/gtest.h>

#include <atomic>
#include <utility>

namespace sam::sql {
namespace {

// Answers only when it is let: as slow as a test wants it to be.
class SlowDatabase final : public Database {
 public:
  explicit SlowDatabase(stage::Doorbell& may_answer) : may_answer_(may_answer) {}
  Reply Ask(const Question& question) override {
    may_answer_.Wait(-1);
    Reply out;
    out.page.oldest = static_cast<int64_t>(question.table);
    return out;
  }

 private:
  stage::Doorbell& may_answer_;
};

TEST(Reader, ASlowDatabaseHoldsNobodyUp) {
  stage::Doorbell may_answer;
  Reader reader(std::make_unique<SlowDatabase>(may_answer));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(reader.busy());
    Question question;
    question.table = i;
    reader.Start(std::move(question));
    EXPECT_TRUE(reader.busy());
    EXPECT_FALSE(reader.Step(0));
    may_answer.Ring();
    std::optional<Reply> reply;
    while (!reply) reply = reader.Step(1'000);
    EXPECT_EQ(reply->page.oldest, static_cast<int64_t>(i));
  }
}

TEST(Reader, EndsWithAQuestionUnderWay) {
  stage::Doorbell may_answer;
  Reader reader(std::make_unique<SlowDatabase>(may_answer));
  reader.Start(Question());
  may_answer.Ring();
}

}  // namespace
}  // namespace sam::sql
