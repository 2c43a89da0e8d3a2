// SPDX-License-Identifier: BSD-2-Clause
// Where recorded files are made, and where they are when they are complete: the same directory, or
// a spool and a directory. Names are single components; nothing here follows a symbolic link or
// leaves the two directories.
#pragma once

#include <mutex>
#include <string>

#include "dataplane/abi/shared_memory.h"
#include "dataplane/net/result.h"

namespace mediaplane {

class RecordingDirectory {
 public:
  // `spool` may be empty. The error says what is wrong with them.
  static Result<void, std::string> check(const std::string& directory, const std::string& spool);

  RecordingDirectory(std::string directory, std::string spool)
      : directory_(std::move(directory)), spool_(std::move(spool)) {}

  // A fresh, empty file in the place of whatever had this name; errno otherwise.
  Result<abi::FileDescriptor, int> create(const std::string& name);

  // A file that a former run left while it grew. ENOENT if there is none; another errno otherwise.
  Result<abi::FileDescriptor, int> reopen(const std::string& name);

  // The file, made under this name, is complete: it moves from the spool to the directory, unless
  // another one has taken its name meanwhile. 0 or errno. May take as long as copying the file.
  int publish(const abi::FileDescriptor& file, const std::string& name);

 private:
  const std::string& growing() const { return spool_.empty() ? directory_ : spool_; }
  int publish_copy(const abi::FileDescriptor& file, const std::string& name, int from, int to);

  std::string directory_;
  std::string spool_;
  // Held from looking at who has a name until that has changed; never while bytes are copied.
  std::mutex names_;
};

}  // namespace mediaplane
