#include "broker/contract/reference.h"

#include <gtest/gtest.h>

namespace sam::contract {
namespace {

const SignalId kId = *SignalId::From("0123456789abcdef");

TEST(Reference, IsFoundInWhatPeopleWroteAroundIt) {
  const std::string own = ReferenceTo(kId);
  EXPECT_EQ(own, "samsignal-30313233343536373839616263646566");
  for (const std::string& text : {own, "Se " + own + ", ringt 3/3", "samsignal-\n" + own + "."})
    EXPECT_EQ(SignalNamedIn(text), kId) << text;
}

TEST(Reference, ThatWasCutOrIsLongerNamesNothing) {
  const std::string own = ReferenceTo(kId);
  for (const std::string& text : {std::string(), std::string("samsignal-"), own.substr(0, own.size() - 1), own + "0",
                                  "samsignal-zz" + own.substr(12), own.substr(10)})
    EXPECT_EQ(SignalNamedIn(text), std::nullopt) << text;
}

}  // namespace
}  // namespace sam::contract
