#include "broker/dispatch/cases.h"

#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/wire/capnp_values.h"

namespace sam::dispatch {
namespace {

using schema::Answer;
using schema::LadderState;

constexpr size_t kHashSize = 16;
constexpr char kRegistered = 'r';
constexpr char kWaits = 'w';
constexpr size_t kTellerAt = 1 + EventId::kSize + SubjectId::kSize;
constexpr size_t kRowSize = kTellerAt + SubjectId::kSize;
static_assert(SignalId::kSize == EventId::kSize);

Answer AnswerOf(schema::SocialInquiryDecided::Result result) {
  using R = schema::SocialInquiryDecided::Result;
  switch (result) {
    case R::OPENED: return Answer::OPENED_INQUIRY;
    case R::NOT_OPENED: return Answer::NOT_OPENED;
    case R::ALREADY_ONGOING: return Answer::ALREADY_ONGOING;
    default: return Answer::UNSET;
  }
}

}  // namespace

std::optional<BoardStep> BoardStepOf(schema::Event::Reader event) {
  const auto body = event.getBody();
  BoardStep step;
  const auto names = [&step](auto told) {
    step.signal = wire::IdOf<SignalId>(told.getSignalId());
    step.intake = told.getIntakeRef().cStr();
    return told;
  };
  if (body.isSocialReportReceived()) {
    step.state = LadderState::REGISTERED;
    step.at = Millis(names(body.getSocialReportReceived()).getReceivedAt());
  } else if (body.isSocialProtectionAssessed()) {
    step.state = LadderState::ASSESSED;
    step.at = Millis(names(body.getSocialProtectionAssessed()).getAssessedAt());
  } else if (body.isSocialInquiryDecided()) {
    const auto told = names(body.getSocialInquiryDecided());
    step.state = LadderState::ANSWERED;
    step.at = Millis(told.getDecidedAt());
    step.answer = AnswerOf(told.getResult());
    step.inquiry = told.getCaseToken().cStr();
    step.finish_by = told.getFinishBy().cStr();
    if (step.answer == Answer::UNSET) return std::nullopt;
  } else {
    return std::nullopt;
  }
  return step;
}

std::string CaseKey(std::string_view authority, std::string_view number, Offset offset,
                    const SignalId& signal) {
  std::string key(Sha256({"sam-case-1", authority, std::string_view("\0", 1), number}).view().substr(0, kHashSize));
  return key.append(BigEndian64(offset.value)).append(signal.view());
}

Offset CaseOffset(std::string_view key) { return Offset(ReadBigEndian64(key.substr(kHashSize, 8))); }

std::string EncodeCase(const CaseRow& row) {
  const bool waits = row.signal.empty();
  std::string value(1, waits ? kWaits : kRegistered);
  value.append(waits ? row.waits.view() : row.signal.view());
  return value.append(row.subject.view()).append(row.teller.view());
}

Result<CaseRow> DecodeCase(std::string_view value) {
  const bool known = value.size() == kRowSize && (value[0] == kWaits || value[0] == kRegistered);
  if (!known)
    return Corrupt("the row of a case is not readable; run 'samsignal rebuild' on a copy of the store");
  CaseRow row;
  const std::string_view id = value.substr(1, EventId::kSize);
  if (value[0] == kWaits)
    row.waits = EventId::From(id).value_or(EventId{});
  else
    row.signal = SignalId::From(id).value_or(SignalId{});
  row.subject = SubjectId::From(value.substr(1 + EventId::kSize, SubjectId::kSize)).value_or(SubjectId{});
  row.teller = SubjectId::From(value.substr(kTellerAt)).value_or(SubjectId{});
  return row;
}

}  // namespace sam::dispatch
