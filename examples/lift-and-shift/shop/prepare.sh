#!/bin/sh
# What the old machine's start-up script did: folders, settings, an empty log.
set -e
mkdir -p /var/shop/queue /var/shop/done /var/shop/log
echo "{\"name\": \"${SHOP_NAME:-Shop}\", \"preparedAt\": \"$(date -u +%FT%TZ)\"}" > /var/shop/settings.json
touch /var/shop/log/shop.log
echo "prepared /var/shop"
