# SPDX-License-Identifier: Apache-2.0
"""Shared by all tests written in Python: a stack of real parts, and clients that show every byte."""
