#include "adapters/sql/odbc_link.h"

#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

#include <array>
#include <deque>

#include "adapters/sql/wide_text.h"

namespace sam::sql {
namespace {

constexpr int kSqlServerOffset = -155;  // SQL_SS_TIMESTAMPOFFSET, of the driver's own header
constexpr int kSqlServerTime = -154;    // SQL_SS_TIME2

static_assert(sizeof(SQLWCHAR) == sizeof(uint16_t), "unixODBC with wide characters of two bytes");

SQLPOINTER AsPointer(uintptr_t number) {
  return reinterpret_cast<SQLPOINTER>(number);  // NOLINT: ODBC's way to hand over a number
}

OdbcFailure FailureOf(SQLSMALLINT kind, SQLHANDLE handle) {
  OdbcFailure out;
  std::array<SQLCHAR, 6> state{};
  SQLINTEGER native = 0;
  SQLSMALLINT size = 0;
  std::array<SQLCHAR, 8> text{};  // some managers need a place for it; it is not looked at
  const SQLRETURN got =
      SQLGetDiagRec(kind, handle, 1, state.data(), &native, text.data(), text.size(), &size);
  if (!SQL_SUCCEEDED(got)) return out;
  for (const SQLCHAR c : state)
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) out.state += static_cast<char>(c);
  out.native = static_cast<int>(native);
  return out;
}

OdbcType TypeOf(SQLSMALLINT code) {
  switch (code) {
    case SQL_CHAR:
    case SQL_VARCHAR:
    case SQL_WCHAR:
    case SQL_WVARCHAR: return OdbcType::kText;
    case SQL_LONGVARCHAR:
    case SQL_WLONGVARCHAR: return OdbcType::kLongText;
    case SQL_TINYINT:
    case SQL_SMALLINT:
    case SQL_INTEGER:
    case SQL_BIGINT: return OdbcType::kInt;
    case SQL_DECIMAL:
    case SQL_NUMERIC: return OdbcType::kDecimal;
    case SQL_REAL:
    case SQL_FLOAT:
    case SQL_DOUBLE: return OdbcType::kFloat;
    case SQL_BIT: return OdbcType::kBit;
    case SQL_TYPE_DATE: return OdbcType::kDate;
    case SQL_TYPE_TIME:
    case kSqlServerTime: return OdbcType::kTime;
    case SQL_TYPE_TIMESTAMP: return OdbcType::kStamp;
    case kSqlServerOffset: return OdbcType::kStampOffset;
    case SQL_GUID: return OdbcType::kGuid;
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY: return OdbcType::kBinary;
    default: return OdbcType::kOther;
  }
}

bool IsWords(OdbcType type) { return type == OdbcType::kText || type == OdbcType::kLongText; }

}  // namespace

std::unique_ptr<OdbcLink> OdbcLink::Open(const std::string& text, int connect_s, int answer_s,
                                         OdbcFailure& why) {
  std::unique_ptr<OdbcLink> out(new OdbcLink());
  std::optional<WideText> wide = ToWide(text);
  if (!wide || !SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, nullptr, &out->environment_)))
    return nullptr;
  SQLSetEnvAttr(out->environment_, SQL_ATTR_ODBC_VERSION, AsPointer(SQL_OV_ODBC3), 0);
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, out->environment_, &out->link_))) {
    why = FailureOf(SQL_HANDLE_ENV, out->environment_);
    return nullptr;
  }
  const auto limit = static_cast<uintptr_t>(connect_s);
  SQLSetConnectAttr(out->link_, SQL_ATTR_LOGIN_TIMEOUT, AsPointer(limit), 0);
  // A line that swallows everything would be waited at for hours. Some drivers take it only here,
  // some only when connected, some not at all.
  const auto answer = static_cast<uintptr_t>(answer_s);
  SQLSetConnectAttr(out->link_, SQL_ATTR_CONNECTION_TIMEOUT, AsPointer(answer), 0);
  SQLSMALLINT size = 0;
  const SQLRETURN got =
      SQLDriverConnectW(out->link_, nullptr, wide->data(), static_cast<SQLSMALLINT>(wide->size()),
                        nullptr, 0, &size, SQL_DRIVER_NOPROMPT);
  if (!SQL_SUCCEEDED(got)) {
    why = FailureOf(SQL_HANDLE_DBC, out->link_);
    return nullptr;
  }
  out->open_ = true;
  SQLSetConnectAttr(out->link_, SQL_ATTR_CONNECTION_TIMEOUT, AsPointer(answer), 0);
  // A hint, where a driver knows it; what counts is that the login may only read.
  SQLSetConnectAttr(out->link_, SQL_ATTR_ACCESS_MODE, AsPointer(SQL_MODE_READ_ONLY), 0);
  return out;
}

OdbcLink::~OdbcLink() {
  if (open_) SQLDisconnect(link_);
  if (link_ != nullptr) SQLFreeHandle(SQL_HANDLE_DBC, link_);
  if (environment_ != nullptr) SQLFreeHandle(SQL_HANDLE_ENV, environment_);
}

bool OdbcLink::alive() const {
  SQLUINTEGER dead = SQL_CD_FALSE;
  const SQLRETURN got =
      SQLGetConnectAttr(link_, SQL_ATTR_CONNECTION_DEAD, &dead, sizeof dead, nullptr);
  return !SQL_SUCCEEDED(got) || dead == SQL_CD_FALSE;
}

struct OdbcStatement::Bindings {
  std::deque<WideText> words;
  std::deque<std::string> digits;
  std::deque<SQL_TIMESTAMP_STRUCT> stamps;
  std::deque<SQLLEN> sizes;
};

OdbcStatement::OdbcStatement(const OdbcLink& link, int limit_ms)
    : bindings_(std::make_unique<Bindings>()) {
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, link.handle(), &statement_))) {
    failure_ = FailureOf(SQL_HANDLE_DBC, link.handle());
    statement_ = nullptr;
    return;
  }
  const auto seconds = static_cast<uintptr_t>((limit_ms + 999) / 1000);
  limited_ =
      SQL_SUCCEEDED(SQLSetStmtAttr(statement_, SQL_ATTR_QUERY_TIMEOUT, AsPointer(seconds), 0));
}

OdbcStatement::~OdbcStatement() {
  if (statement_ != nullptr) SQLFreeHandle(SQL_HANDLE_STMT, statement_);
}

bool OdbcStatement::Failed() {
  failure_ = FailureOf(SQL_HANDLE_STMT, statement_);
  return false;
}

bool OdbcStatement::Run(const OdbcQuery& query) {
  if (statement_ == nullptr) return false;
  std::optional<WideText> text = ToWide(query.text);
  if (!text) return false;
  if (!SQL_SUCCEEDED(SQLPrepareW(statement_, text->data(), static_cast<SQLINTEGER>(text->size()))))
    return Failed();
  for (size_t i = 0; i < query.values.size(); ++i)
    if (!Bind(i + 1, query.values[i])) return false;
  const SQLRETURN got = SQLExecute(statement_);
  return SQL_SUCCEEDED(got) || got == SQL_NO_DATA ? true : Failed();
}

// As what it is compared with: another type would be compared by other rules, or without an index.
bool OdbcStatement::Bind(size_t number, const OdbcQuery::Bound& value) {
  SQLSMALLINT from = SQL_C_CHAR;
  SQLPOINTER data = nullptr;
  SQLLEN bytes = 0;
  auto code = static_cast<SQLSMALLINT>(value.column.code);
  SQLULEN size = value.column.size;
  if (value.column.type == OdbcType::kStamp) {
    const std::optional<OdbcTime> time = ReadOdbcTime(value.text);
    if (!time) return false;
    SQL_TIMESTAMP_STRUCT stamp = {};
    stamp.year = static_cast<SQLSMALLINT>(time->year);
    stamp.month = static_cast<SQLUSMALLINT>(time->month);
    stamp.day = static_cast<SQLUSMALLINT>(time->day);
    stamp.hour = static_cast<SQLUSMALLINT>(time->hour);
    stamp.minute = static_cast<SQLUSMALLINT>(time->minute);
    stamp.second = static_cast<SQLUSMALLINT>(time->second);
    stamp.fraction = time->nanos;
    data = &bindings_->stamps.emplace_back(stamp);
    bytes = sizeof stamp;
    from = SQL_C_TYPE_TIMESTAMP;
  } else if (IsWords(value.column.type)) {
    std::optional<WideText> wide = ToWide(value.text);
    if (!wide) return false;
    WideText& kept = bindings_->words.emplace_back(std::move(*wide));
    bytes = static_cast<SQLLEN>(kept.size() * sizeof(uint16_t));
    kept.push_back(0);
    data = kept.data();
    from = SQL_C_WCHAR;
    size = std::max<SQLULEN>(size, kept.size());
  } else {
    std::string& kept = bindings_->digits.emplace_back(value.text);
    data = kept.data();
    bytes = static_cast<SQLLEN>(kept.size());
  }
  SQLLEN& length = bindings_->sizes.emplace_back(bytes);
  const SQLRETURN got =
      SQLBindParameter(statement_, static_cast<SQLUSMALLINT>(number), SQL_PARAM_INPUT, from, code,
                       size, static_cast<SQLSMALLINT>(value.column.digits), data, bytes, &length);
  return SQL_SUCCEEDED(got) ? true : Failed();
}

bool OdbcStatement::Columns(std::vector<OdbcColumn>& out) {
  SQLSMALLINT count = 0;
  if (!SQL_SUCCEEDED(SQLNumResultCols(statement_, &count))) return Failed();
  for (SQLSMALLINT i = 1; i <= count; ++i) {
    std::array<SQLCHAR, 256> name{};
    SQLSMALLINT name_size = 0, code = 0, digits = 0, nullable = 0;
    SQLULEN size = 0;
    if (!SQL_SUCCEEDED(SQLDescribeCol(statement_, static_cast<SQLUSMALLINT>(i), name.data(),
                                      name.size(), &name_size, &code, &size, &digits, &nullable)))
      return Failed();
    out.push_back({TypeOf(code), code, size, digits});
  }
  return true;
}

OdbcStatement::Step OdbcStatement::Next() {
  const SQLRETURN got = SQLFetch(statement_);
  if (got == SQL_NO_DATA) return Step::kEnd;
  if (SQL_SUCCEEDED(got)) return Step::kRow;
  Failed();
  return Step::kFailed;
}

bool OdbcStatement::Value(size_t column, OdbcType type, bool utc, std::optional<std::string>& out) {
  damage_ = {};
  if (type == OdbcType::kStamp) return Stamp(column, utc, out);
  if (!Words(column, out)) return false;
  if (out) out = OdbcText(type, std::move(*out));
  return true;
}

// A value that the driver cannot give as what it is, such as a time beyond its years, is no failure
// of the conversation.
bool OdbcStatement::FailedValue(std::optional<std::string>& out) {
  Failed();
  if (failure_.state.substr(0, 2) != "22") return false;
  out.reset();
  damage_ = kNoValue;
  return true;
}

bool OdbcStatement::Stamp(size_t column, bool utc, std::optional<std::string>& out) {
  SQL_TIMESTAMP_STRUCT stamp = {};
  SQLLEN got_bytes = 0;
  if (!SQL_SUCCEEDED(SQLGetData(statement_, static_cast<SQLUSMALLINT>(column), SQL_C_TYPE_TIMESTAMP,
                                &stamp, sizeof stamp, &got_bytes)))
    return FailedValue(out);
  out.reset();
  if (got_bytes == SQL_NULL_DATA) return true;
  out = WriteOdbcTime({stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second,
                       static_cast<uint32_t>(stamp.fraction)},
                      utc);
  return true;
}

// In pieces: what a driver says of a column's size is not what a value needs.
bool OdbcStatement::Words(size_t column, std::optional<std::string>& out) {
  static_assert(kNoTotal == SQL_NO_TOTAL);
  WideText whole;
  std::array<uint16_t, 1024> piece{};
  constexpr size_t kRoom = piece.size() - 1;  // the last one is a zero
  out.reset();
  for (bool more = true; more && whole.size() <= kMaxValueChars;) {
    piece.fill(0);
    SQLLEN bytes = 0;
    const SQLRETURN got = SQLGetData(statement_, static_cast<SQLUSMALLINT>(column), SQL_C_WCHAR,
                                     piece.data(), sizeof piece, &bytes);
    if (got == SQL_NO_DATA) break;
    if (!SQL_SUCCEEDED(got)) return FailedValue(out);
    if (bytes == SQL_NULL_DATA) return true;
    const Filled filled = FilledOf(got == SQL_SUCCESS_WITH_INFO, bytes, piece.data(), kRoom);
    whole.insert(whole.end(), piece.begin(),
                 piece.begin() + static_cast<std::ptrdiff_t>(filled.chars));
    more = filled.more;
  }
  const bool cut = whole.size() > kMaxValueChars;
  if (cut) whole.resize(kMaxValueChars);
  bool is_text = true;
  out = FromWide(whole, is_text);
  if (cut)
    damage_ = kCut;
  else if (!is_text)
    damage_ = kNoText;
  return true;
}

}  // namespace sam::sql
