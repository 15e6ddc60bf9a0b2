#!/bin/sh
# Starts the broker in its container: the configuration made for a machine, put in the container's places, and a file of
# hashed passwords from the environment.
set -eu
umask 077

conf=/tmp/mosquitto.conf
passwords=/tmp/passwords

sed -e 's|^listener 1883 127\.0\.0\.1$|listener 1883|' \
  -e "s|^password_file .*|password_file $passwords|" \
  -e 's|^persistence_location .*|persistence_location /mosquitto/data/|' \
  /etc/mosquitto/mosquitto.conf >"$conf"
echo 'acl_file /etc/mosquitto/acl' >>"$conf"

# Hashed in place: as an argument of mosquitto_passwd a password would stand in the list of processes.
cat >"$passwords" <<END
chirpstack:$MQTT_CHIRPSTACK_PASSWORD
gateway-bridge:$MQTT_GATEWAY_BRIDGE_PASSWORD
stadtpegel:$MQTT_STADTPEGEL_PASSWORD
END
mosquitto_passwd -U "$passwords"
unset MQTT_CHIRPSTACK_PASSWORD MQTT_GATEWAY_BRIDGE_PASSWORD MQTT_STADTPEGEL_PASSWORD

exec mosquitto -c "$conf"
