"""A pricing service for Infracost 0.10 on this machine: answers its GraphQL queries from price books.

It imports nothing of infragate, opens no file and no connection: its caller hands it the books.
"""
