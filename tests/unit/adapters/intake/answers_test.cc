// May the POST have been carried out? And is a row of the extract ours?
#include "adapters/intake/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sam::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

rest::HttpAnswer Answer(int status, std::string body = "") {
  rest::HttpAnswer out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

TEST(Verdict, OnlyANumberIsAnIntake) {
  EXPECT_EQ(OfIntake(Answer(200, " 98765\n")).id, "98765");
  EXPECT_EQ(OfIntake(Answer(201, "1")).meaning, Meaning::kDone);
  for (const char* body : {"", "0", "-3", "true", "\"98765\"", "{\"Id\":98765}", "<html>", "12.5",
                           "1234567890123456789"})
    EXPECT_EQ(OfIntake(Answer(200, body)).meaning, Meaning::kDoubt) << body;
}

TEST(Verdict, OnlyWhatWasCertainlyNotCarriedOutMayBeSentAgain) {
  for (const int status : {401, 403, 429})
    EXPECT_EQ(OfIntake(Answer(status)).meaning, Meaning::kLater) << status;
  for (const int status : {400, 404, 405, 409, 413, 422})
    EXPECT_EQ(OfIntake(Answer(status)).meaning, Meaning::kRefused) << status;
  for (const int status : {0, 302, 303, 408, 500, 502, 503, 504})
    EXPECT_EQ(OfIntake(Answer(status)).meaning, Meaning::kDoubt) << status;
  rest::HttpAnswer unsent = Answer(0);
  unsent.unsent = true;
  EXPECT_EQ(OfIntake(unsent).meaning, Meaning::kLater);
}

constexpr const char* kPerson = "202401150013";

TEST(Search, ARowWithOurReferenceIsOurs) {
  const auto found = Search(R"([{"Id":5,"PersonId":"x","Specifies":"other"},
      {"Id":7,"PersonId":"20240115-0013","Specifies":"samsignal-1"},
      {"Id":"8","Specifies":"samsignal-1"}])", "samsignal-1", kPerson);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->rows, 3u);
  EXPECT_THAT(found->ids, ElementsAre("7", "8"));
  EXPECT_FALSE(found->unclear);
}

TEST(Search, ARowOfTheSamePersonWithoutTheFieldLeavesDoubt) {
  const auto look = [](const char* body) {
    const auto found = Search(body, "samsignal-1", kPerson);
    EXPECT_TRUE(found.ok()) << body;
    EXPECT_THAT(found->ids, IsEmpty());
    return found->unclear;
  };
  EXPECT_TRUE(look(R"([{"Id":5,"PersonId":"240115-0013"}])"));
  EXPECT_TRUE(look(R"([{"Id":5}])")) << "whose it is, nobody can tell";
  EXPECT_TRUE(look(R"([{"PersonId":null,"Id":5}])"));
  EXPECT_FALSE(look(R"([{"Id":5,"PersonId":"202401150021"}])")) << "another person's is not ours";
  EXPECT_TRUE(look(R"([{"Id":5,"PersonId":"202401150013","Specifies":null}])"));
  EXPECT_TRUE(look(R"([{"Id":5,"PersonId":"202401150013","Specifies":" "}])"));
  EXPECT_TRUE(look(R"([{"Id":5,"PersonId":"202401150013","Specifies":"SAMSIGNAL"}])")) << "cut";
  EXPECT_FALSE(look(R"([{"Id":5,"PersonId":"202401150013","Specifies":"samsignal-2"}])"));
  EXPECT_FALSE(look(R"([{"Id":5,"PersonId":"202401150021","Specifies":null}])"));
  EXPECT_TRUE(look(R"([{"Id":"5/../7","Specifies":"samsignal-1"}])")) << "no number, no address";
  EXPECT_FALSE(look("[]"));
  const auto no_id = Search(R"([{"Specifies":"samsignal-1"}])", "samsignal-1", kPerson);
  EXPECT_TRUE(no_id->unclear);
}

TEST(Search, AColumnOfCapitalsHoldsOurReferenceToo) {
  const auto found = Search(R"([{"Id":7,"Specifies":"SAMSIGNAL-1"}])", "samsignal-1", kPerson);
  EXPECT_THAT(found->ids, ElementsAre("7"));
}

TEST(Search, AnotherFormIsRefusedAtEveryCut) {
  const std::string whole = R"([{"Id":7,"PersonId":"202401150013","Specifies":"samsignal-1"}])";
  for (size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(Search(whole.substr(0, cut), "samsignal-1", kPerson).ok()) << cut;
  EXPECT_FALSE(Search("{}", "a", kPerson).ok());
  EXPECT_FALSE(Search("[1]", "a", kPerson).ok());
}

TEST(SearchFile, IsKnownByItsNameOrWhereNoneIsShownByItsTitle) {
  const auto seen = [](const char* rows) { return *SearchFile(rows, "samsignal-1-1.pdf", "Bilaga 1: x"); };
  EXPECT_EQ(seen("[]"), Seen::kNotThere);
  EXPECT_EQ(seen(R"([{"FileName":"samsignal-1.html"},{"FileName":"SAMSIGNAL-1-1.PDF"}])"), Seen::kThere);
  EXPECT_EQ(seen(R"([{"FileName":"samsignal-1-10.pdf","Title":"Bilaga 1: x"}])"), Seen::kNotThere);
  EXPECT_EQ(seen(R"([{"FileName":"samsignal-1-"}])"), Seen::kUnclear) << "cut";
  EXPECT_EQ(seen(R"([{"Title":"Bilaga 1: x"}])"), Seen::kThere);
  EXPECT_EQ(seen(R"([{"Title":"Bilaga 2: x","FileName":null}])"), Seen::kNotThere);
  EXPECT_EQ(seen(R"([{"Title":"Bilaga"}])"), Seen::kUnclear);
  EXPECT_EQ(seen(R"([{"Id":7}])"), Seen::kUnclear) << "shows neither";
  EXPECT_EQ(seen(R"([{"Id":7},{"FileName":"samsignal-1-1.pdf"}])"), Seen::kThere);
}

TEST(SearchFile, AnotherFormIsRefusedAtEveryCut) {
  const std::string whole = R"([{"Id":7,"FileName":"samsignal-1-1.pdf"}])";
  for (size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(SearchFile(whole.substr(0, cut), "a", "b").ok()) << cut;
  EXPECT_FALSE(SearchFile("[1]", "a", "b").ok());
}

}  // namespace
}  // namespace sam::intake
