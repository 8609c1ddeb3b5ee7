// What stands in a store, for tests that search it: RocksDB packs its tables, so that a word in the clear is not found in
// the files' own bytes.
//   sam_store_rows FOLDER         every key and value to standard output, raw, a line end behind each: all spaces, all
//                                 versions that the files still hold, also the overwritten and removed ones. Opens for
//                                 reading alone; the store's program must have ended, by itself or by SIGKILL.
//   sam_store_rows --plant FOLDER WORD   makes a packed store that holds WORD in a version that was overwritten.
// Exit 0; 1 with a sentence on standard error when the store cannot be opened or read.
#include <rocksdb/db.h>
#include <rocksdb/utilities/debug.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace {

using rocksdb::ColumnFamilyDescriptor;
using rocksdb::ColumnFamilyHandle;

constexpr size_t kMostVersions = 10'000'000;  // of one space; all of them are in memory at once
constexpr int kFillerRows = 2'000;

int Fail(const std::string& what, const rocksdb::Status& status) {
  std::fprintf(stderr, "sam_store_rows: %s: %s\n", what.c_str(), status.ToString().c_str());
  return 1;
}

void Print(const std::string& bytes) {
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  std::fputc('\n', stdout);
}

int Rows(const std::string& folder) {
  std::vector<std::string> names;
  rocksdb::Options options;
  rocksdb::Status status = rocksdb::DB::ListColumnFamilies(options, folder, &names);
  if (!status.ok()) return Fail("cannot list the spaces of " + folder, status);
  std::vector<ColumnFamilyDescriptor> spaces;
  for (const std::string& name : names) spaces.emplace_back(name, rocksdb::ColumnFamilyOptions(options));
  std::vector<ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  status = rocksdb::DB::OpenForReadOnly(options, folder, spaces, &handles, &opened);
  if (!status.ok()) return Fail("cannot open " + folder, status);
  const std::unique_ptr<rocksdb::DB> db(opened);
  for (ColumnFamilyHandle* space : handles) {
    std::vector<rocksdb::KeyVersion> versions;
    if (status.ok()) status = rocksdb::GetAllKeyVersions(db.get(), space, {}, {}, kMostVersions, &versions);
    if (status.ok() && versions.size() == kMostVersions) status = rocksdb::Status::Incomplete("too many rows");
    for (const rocksdb::KeyVersion& one : versions) {
      Print(one.user_key);
      Print(one.value);
    }
    db->DestroyColumnFamilyHandle(space);
  }
  return status.ok() ? 0 : Fail("cannot read " + folder, status);
}

int Plant(const std::string& folder, const std::string& word) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kZSTD;
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(options, folder, &opened);
  if (!status.ok()) return Fail("cannot make " + folder, status);
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions unlogged;
  unlogged.disableWAL = true;
  for (int row = 0; row < kFillerRows && status.ok(); ++row) {
    const std::string number = std::to_string(row);
    status = db->Put(unlogged, "row" + number, number + (row == kFillerRows / 2 ? word : " is about nobody"));
  }
  if (status.ok()) status = db->Flush({});
  if (status.ok()) status = db->Put(unlogged, "row" + std::to_string(kFillerRows / 2), "overwritten");
  if (status.ok()) status = db->Flush({});
  return status.ok() ? 0 : Fail("cannot write " + folder, status);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1) return Rows(words[0]);
  if (words.size() == 3 && words[0] == "--plant") return Plant(words[1], words[2]);
  std::fprintf(stderr, "usage: sam_store_rows FOLDER | sam_store_rows --plant FOLDER WORD\n");
  return 2;
}
