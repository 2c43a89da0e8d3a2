// SPDX-License-Identifier: BSD-2-Clause
// Edits that make a good frame a bad one, for the rows of what classify says.
#pragma once

#include <functional>

#include "dataplane/pipeline/verdict.h"
#include "tests/support/frames.h"

namespace mediaplane::test {

using Edit = std::function<void(Frame&)>;

struct Row {
  const char* name;
  Edit edit;
  Verdict verdict;
};

// Changes the header that lies so many bytes from the frame's begin.
template <typename Header>
Edit header_at(std::size_t offset, std::function<void(Header&)> change) {
  return [=](Frame& frame) {
    auto header = load<Header>(frame.data() + offset);
    change(header);
    store(frame.data() + offset, header);
  };
}

inline Edit ethernet(std::function<void(EthernetHeader&)> change) {
  return header_at<EthernetHeader>(0, std::move(change));
}

inline Edit ether_type(std::uint16_t type) {
  return ethernet([type](EthernetHeader& header) { header.ether_type = be16(type); });
}

inline Edit cut_to(std::size_t length) {
  return [length](Frame& frame) { frame.resize(length); };
}

}  // namespace mediaplane::test
